"""Repeats failed calls. stamina decides whether and when, but is only set up after the first try has failed."""

from collections.abc import AsyncIterator, Callable
from time import monotonic
from types import TracebackType
from typing import Protocol, Self, TypedDict, Unpack, cast

import stamina


class Waits(TypedDict, total=False):
    """The pauses between tries, in seconds, under the names that `stamina.retry_context` has for them."""

    wait_initial: float
    wait_max: float
    wait_jitter: float


class Try(Protocol):
    """One try. It swallows an error after which the loop tries again, or which the loop raises at its end."""

    num: int  # counted from 1

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None: ...


def tries(
    on: Callable[[Exception], bool | float], *, attempts: int | None, timeout: float | None, **waits: Unpack[Waits]
) -> AsyncIterator[Try]:
    """Iterate over tries, as `stamina.retry_context` does: `async for attempt in tries(…): with attempt: …`.

    Setting up one of its loops takes a twentieth of the processor time of a whole `/say`, so that is left until a first
    try has failed.
    """
    return _Tries(on, attempts, timeout, waits)


class _Tries:
    def __init__(
        self, on: Callable[[Exception], bool | float], attempts: int | None, timeout: float | None, waits: Waits
    ) -> None:
        self._on, self._attempts, self._timeout, self._waits = on, attempts, timeout, waits
        self._began = monotonic()
        self._first: _First | None = None
        self._later: AsyncIterator[stamina.Attempt] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Try:
        if self._first is None:
            self._first = _First()
            return self._first
        if self._first.error is None:
            raise StopAsyncIteration
        if self._later is None:
            self._later = await self._after(self._first.error)
        return cast("Try", await anext(self._later))

    async def _after(self, error: Exception) -> AsyncIterator[stamina.Attempt]:
        """Return stamina's loop behind a first try that has ended with `error`."""
        timeout = self._timeout
        if timeout is not None:
            timeout -= monotonic() - self._began
            if timeout <= 0:
                raise error
        loop = aiter(stamina.retry_context(on=self._on, attempts=self._attempts, timeout=timeout, **self._waits))
        with await anext(loop):
            raise error
        return loop


class _First:
    num = 1

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None
