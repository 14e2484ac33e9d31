"""The bot's end of the zygote, the process that forks a worker for each file (Linux only)."""

import asyncio
import itertools
import socket
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress

from bot.audio.exchange import MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES, ForkRequest, end_in, request_fork, request_kill
from bot.audio.worker import Task, Worker, kill, start_process

_GRACE_SECONDS = 1.0  # for the zygote to end a worker, or itself


class ForkedWorkers:
    """Gets workers from a zygote, which it starts when it is first needed and whenever the last one has ended."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._starting = asyncio.Lock()
        self._zygote: _Zygote | None = None
        self._retired: set[_Zygote] = set()

    async def start(self, task: Task) -> Worker:
        async with self._starting:
            if self._zygote is None or self._zygote.is_lost:
                self.renew()
                self._zygote = await _start_zygote(self._module)
            zygote = self._zygote
        return await zygote.fork(task)

    def renew(self) -> None:
        """Take the next worker from a new zygote. All forks of one have the same memory layout.

        So a file that crashes its worker by guessing at addresses cannot guess again.
        """
        self._retired = {zygote for zygote in self._retired if not zygote.has_ended}
        if self._zygote is not None:
            self._zygote.retire()
            self._retired.add(self._zygote)
            self._zygote = None

    async def aclose(self) -> None:
        async with self._starting:
            self.renew()
        for zygote in self._retired:
            await zygote.end()


async def _start_zygote(module: str) -> "_Zygote":
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.setblocking(False)
    try:
        with theirs:
            return _Zygote(await start_process(module, stdin=theirs, stdout=DEVNULL), control)
    except BaseException:
        control.close()
        raise


class _Zygote:
    def __init__(self, process: Process, control: socket.socket) -> None:
        self._process, self._control = process, control
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._running: dict[int, asyncio.Future[int | None]] = {}  # the exit codes to come
        self._retired = False
        self.is_lost = False  # it has ended, or we have told it to
        self._loop.add_reader(control.fileno(), self._hear)

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def fork(self, task: Task) -> Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                output, to_worker = await asyncio.open_unix_connection(sock=ours, limit=MAX_ANSWER_BYTES)
            except BaseException:
                ours.close()
                raise
            number = next(self._numbers)
            ended = self._running[number] = self._loop.create_future()
            if self.is_lost:
                self._set_ended(number, None)
            else:
                request = ForkRequest(
                    number=number, job=task.job, cpu_seconds=task.cpu_seconds, memory_bytes=task.memory_bytes
                )
                self._send(request_fork(request), theirs)
        return Worker(output, to_worker, lambda: self._kill(number), ended)

    def retire(self) -> None:
        """End the zygote as soon as its present workers have ended."""
        self._retired = True
        if not self._running:
            self._lose()

    async def end(self) -> None:
        """End the zygote and all of its workers."""
        self._lose()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            kill(self._process)
            await self._process.wait()

    def _kill(self, number: int) -> None:
        """Have a worker killed. If the zygote does not do it in time, kill the zygote with all of its workers."""
        if number in self._running:
            self._send(request_kill(number))
            self._loop.call_later(_GRACE_SECONDS, self._check_killed, number)

    def _check_killed(self, number: int) -> None:
        if number in self._running:
            kill(self._process)

    def _send(self, message: bytes, *passed: socket.socket) -> None:
        """Send a message. Ignores failures: `_hear` notices a zygote that has ended, `_check_killed` one that hangs."""
        with suppress(ConnectionError, BlockingIOError):
            socket.send_fds(self._control, [message], [each.fileno() for each in passed])

    def _hear(self) -> None:
        try:
            message = self._control.recv(MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if message:
            self._set_ended(*end_in(message))
        else:
            self._lose()

    def _set_ended(self, number: int, exit_code: int | None) -> None:
        self._running.pop(number).set_result(exit_code)
        if self._retired and not self._running:
            self._lose()

    def _lose(self) -> None:
        """Close the connection. The zygote ends with it, and its workers with the zygote."""
        if self.is_lost:
            return
        self.is_lost = True
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        for ended in self._running.values():
            ended.set_result(None)
        self._running.clear()
