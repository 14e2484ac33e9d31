"""Says in a server's log who changed which of its rules, from what to what."""

from collections.abc import Collection, Iterator

from bot.models.common import Member
from bot.models.servers import ServerRules
from bot.services.common.wording import person
from bot.storage.servers.rules import Told


def told_by(manager: Member) -> Told:
    """Return what writes the entry for a change by this manager, from the rules before and after it."""

    def told(before: ServerRules, after: ServerRules) -> str | None:
        changes = [
            f"{name}: {old} → {new}"
            for (name, old), (_, new) in zip(_facts(before), _facts(after), strict=True)
            if old != new
        ]
        if before.forbidden_words != after.forbidden_words:
            changes.append(_words("words that may not be spoken", before.forbidden_words, after.forbidden_words))
        if before.pronunciations != after.pronunciations:
            changes.append(_words("how words are said", before.pronunciations, after.pronunciations))
        return f"{person(manager.id, manager.name)} changed {'; '.join(changes)}." if changes else None

    return told


def _facts(rules: ServerRules) -> Iterator[tuple[str, str]]:
    yield "who may create voices", _named("<@&", rules.creator_roles, "everybody")
    yield "who may use `/say`", _named("<@&", rules.say_roles, "everybody")
    yield "where", _named("<#", rules.channels, "every channel")
    yield "shared voices", "allowed" if rules.sharing_allowed else "not allowed"
    yield "spoken consent for a new voice", "asked for" if rules.spoken_consent else "not asked for"
    yield "the same words again within an hour", "the same sound" if rules.sounds_reused else "spoken anew"
    yield "messages with **Say this in my voice**", "may be spoken" if rules.messages_spoken else "may not be spoken"
    yield "spoken notice in voice messages", "spoken" if rules.notice_spoken else "left out"
    yield "longest text", _limit(rules.longest_text)
    yield "characters of a member a day", _limit(rules.member_characters)
    yield "characters of all members together a day", _limit(rules.server_characters)


def _named(sign: str, ids: frozenset[int], nothing: str) -> str:
    return ", ".join(f"{sign}{id_}>" for id_ in sorted(ids)) or nothing


def _limit(limit: int | None) -> str:
    return "without limit" if limit is None else f"{limit:,}"


def _words(what: str, before: Collection[object], after: Collection[object]) -> str:
    """Tell how many words changed, without repeating them, since everybody may read the log."""
    old, new = set(before), set(after)
    return f"{what}: {len(old)} → {len(new)} ({len(new - old)} added, {len(old - new)} removed)"
