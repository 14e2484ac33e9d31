"""Reads what Fish Audio's answers mean from their bytes. It relies on nothing, since any answer may come back."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeGuard

import orjson

from bot.errors import Busy, CreditUsedUp, FishAudioError, KeyRefused, Refused, Unclear, VoiceGone
from bot.http.dates import http_date
from bot.models.voices import FishVoice

REASON_LENGTH = 200  # characters: one sentence beside our own in a Discord message
MOST_CREDIT = 10**9  # USD: more is no credit, and would be written with all its digits
LONGEST_HEARD = 20_000  # characters: three times four minutes of the fastest speech
_READ_FOR_A_REASON = 5000  # characters: a page of HTML has its reason at the beginning
_FISH_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came, not interpreted."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # keys in lower case
    body: bytes | None = None  # None: it broke off, is too long, or cannot be decompressed
    is_too_long: bool = False

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def is_fish_id(text: str) -> bool:
    """Return whether this can be the id of a voice. Anything else in a path would reach another endpoint."""
    return _FISH_ID.fullmatch(text) is not None


def failure(answer: Answer, *, about_one_voice: bool) -> FishAudioError:
    """Return the error that an unsuccessful answer means."""
    reason = reason_in(answer.body)
    message = f"{answer.status}: {reason}"
    if _is_page(answer) and answer.status not in (413, 429):  # these two mean the same, also from a proxy
        return Unclear(message, retry_after=retry_after(answer.headers))
    if answer.status == 401 or (answer.status == 403 and _is_about_the_key(reason)):
        return KeyRefused(message)
    if answer.status == 402 or (answer.status in (400, 403) and _is_about_credit(reason)):
        return CreditUsedUp(message)
    if answer.status == 429:
        return Busy(message, retry_after=retry_after(answer.headers))
    if about_one_voice and (answer.status == 404 or (answer.status == 403 and is_own_refusal(answer))):
        return VoiceGone(message)
    if _judges_the_request(answer):
        return Refused(reason, status=answer.status)
    return Unclear(message, retry_after=retry_after(answer.headers))


def is_doubtful(answer: Answer) -> bool:
    """Return whether a "no such voice" may come from a proxy, because it is not in Fish Audio's own form."""
    if answer.status != 404 or _is_page(answer):  # `failure` takes no page for a "no such voice"
        return False
    return not is_own_refusal(answer)


def is_own_refusal(answer: Answer) -> bool:
    """Return whether a failure is in Fish Audio's own form, `{status, message, reason}`, which no proxy uses."""
    content = _content(answer)
    return _is_object(content) and content.get("status") == answer.status


def _judges_the_request(answer: Answer) -> bool:
    """Return whether the same request would be refused again.

    False for a wrong address (404, 405), for bad timing (408, 425) and for what a proxy does not let through (403).
    """
    if answer.status == 403:
        return is_own_refusal(answer)
    return 400 <= answer.status < 500 and answer.status not in (404, 405, 408, 425)


def _is_about_the_key(reason: str) -> bool:
    return re.search(r"authorization scheme|invalid token", reason, re.IGNORECASE) is not None


def _is_about_credit(reason: str) -> bool:
    return re.search(r"insufficient (\S+ )?(credit|balance)", reason, re.IGNORECASE) is not None


def _is_page(answer: Answer) -> bool:
    """Return whether the network in front of Fish Audio says this, by a page of HTML or by Cloudflare's short form."""
    return re.match(rb"\s*(<|error code: [0-9])", answer.body or b"") is not None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait by `Retry-After`, a number or an HTTP date; None if it is neither."""
    wish = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", wish):
        return float(wish)
    until = http_date(wish)
    if until is None:
        return None
    # By the server's clock, since this machine's may be wrong.
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def reason_in(body: bytes | None) -> str:
    """Return the reason of a failure for people: one line without markup, at most `REASON_LENGTH` characters.

    Fish Audio sends objects (`{"message": …}`), arrays (`[{"loc": …, "msg": …}]`), strings and plain text;
    proxies send pages of HTML.
    """
    try:
        words = _words(orjson.loads(body or b""))
    except orjson.JSONDecodeError:
        words = (body or b"")[:_READ_FOR_A_REASON].decode("utf-8", "replace")
    line = " ".join(_without_markup(words[:_READ_FOR_A_REASON]).split())
    if len(line) > REASON_LENGTH:
        line = line[: REASON_LENGTH - 1].rstrip() + "…"
    return line or "no reason given"


def _words(content: object, depth: int = 3) -> str:
    if isinstance(content, str):
        return content
    if depth and _is_array(content):
        return "; ".join(filter(None, (_words(part, depth - 1) for part in content[:5])))
    if depth and _is_object(content):
        parts = (_words(content.get(key), depth - 1) for key in ("message", "detail", "msg", "reason", "error"))
        return next(filter(None, parts), "")
    return ""


def _without_markup(text: str) -> str:
    title = re.search(r"<title>([^<]+)", text, re.IGNORECASE)
    bare = html.unescape(re.sub(r"<[^<>]*>", " ", title[1] if title else text))
    return "".join(character if character.isprintable() else " " for character in bare)


def voice_in(answer: Answer, *, fish_id: str | None = None, tag: str | None = None, title: str = "") -> FishVoice:
    """Return the voice that a success describes. Raises `Unclear` if it has no readable id, or is another voice.

    A voice without tags may be the one with `tag`, since only the id is sure to be in an answer, unless it has a title
    and another one than `title`.
    """
    voice = _voice(_content(answer))
    if voice is None:
        raise Unclear(f"{answer.status}: a voice without a readable id")
    is_other = bool(fish_id) and voice.fish_id != fish_id
    if tag and voice.tags:
        is_other |= not carries(voice, tag)
    elif title and voice.title:
        is_other |= _compared(voice.title) != _compared(title)
    if is_other:
        raise Unclear(f"{answer.status}: another voice than the one that was asked for")
    return voice


def distinct(voices: Iterable[FishVoice]) -> list[FishVoice]:
    """Return each voice once, as it is described first, though a page may have it twice."""
    by_id: dict[str, FishVoice] = {}
    for voice in voices:
        by_id.setdefault(voice.fish_id, voice)
    return list(by_id.values())


def undisputed(voices: Collection[FishVoice]) -> list[FishVoice]:
    """Return each voice once, without those of which a page says two different things."""
    said = set(voices)
    times = Counter(voice.fish_id for voice in said)
    return [voice for voice in distinct(voices) if times[voice.fish_id] == 1]


def carries(voice: FishVoice, tag: str) -> bool:
    return any(own.casefold() == tag.casefold() for own in voice.tags)


def voices_in(answer: Answer) -> list[FishVoice | None]:
    """Return the voices on a page, with None for each without a readable id. Raises `Unclear` if it is no page."""
    page = _content(answer)
    items = page.get("items") if _is_object(page) else None
    if not _is_array(items):
        raise Unclear(f"{answer.status}: not a page of voices")
    return [_voice(item) for item in items]


def credit_in(answer: Answer) -> Decimal:
    """Return the account's credit in USD. Raises `Unclear` if it cannot be read."""
    wallet = _content(answer)
    try:
        credit = Decimal(str(wallet.get("credit"))) if _is_object(wallet) else Decimal("NaN")
    except InvalidOperation:
        credit = Decimal("NaN")
    if not credit.is_finite() or abs(credit) > MOST_CREDIT:
        raise Unclear(f"{answer.status}: a wallet without a readable credit")
    return credit


def heard_in(answer: Answer) -> str:
    """Return a transcription in one line. Raises `Unclear` if it cannot be read or is longer than speech can be."""
    transcription = _content(answer)
    text = transcription.get("text") if _is_object(transcription) else None
    if not isinstance(text, str) or len(text) > LONGEST_HEARD:
        raise Unclear(f"{answer.status}: not a transcription")
    return " ".join(re.sub(r"[\0-\x1f\x7f-\x9f]", " ", text).split())


def may_be_sound(answer: Answer) -> bool:
    """Return whether there is a body that is neither JSON nor HTML, whatever its content type says."""
    return (answer.body or b"").lstrip()[:1] not in (b"", b"{", b"[", b"<", b'"')


def _compared(title: str) -> str:
    """Return a title without what a service may tidy up in it."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def _content(answer: Answer) -> object:
    try:
        return orjson.loads(answer.body or b"")
    except orjson.JSONDecodeError:
        return None


def _voice(item: object) -> FishVoice | None:
    """Return the voice in one item, or None without a readable `_id`. Any other field may be missing."""
    if not _is_object(item):
        return None
    fish_id = item.get("_id")
    if not isinstance(fish_id, str) or not is_fish_id(fish_id):
        return None
    tags = item.get("tags")
    return FishVoice(
        fish_id=fish_id,
        state=_text(item.get("state")),
        title=_text(item.get("title")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if _is_array(tags) else (),
        taken_down=item.get("dmca_taken_down") is True,
        quality_reason=_quality_reason(item.get("quality")),
    )


def _quality_reason(quality: object) -> str | None:
    audios = quality.get("audios") if _is_object(quality) else None
    for audio in audios if _is_array(audios) else ():
        if _is_object(audio) and audio.get("quality_passed") is False:
            reason = _text(audio.get("quality_reason"))
            if reason:
                return reason_in(orjson.dumps(reason))
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)  # orjson makes only strings of keys


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
