"""The mark in an MP3's tags: only this bot can make one, and everybody who has its public key can check it.

docs/provenance.md describes it for those who write a program that checks it.
"""

import re
from dataclasses import dataclass

from bot.services.common.signing import Signer, is_signed

_MARK = re.compile(r"([0-9a-f]{16})\.([0-9]{1,15})\.([0-9a-f]{128})")
_OLD_MARK = re.compile(r"([0-9a-f]{16})\.([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Mark:
    sound_id: str
    made_at: int | None  # milliseconds since 1970; older marks have no time


def mark(signer: Signer, sound_id: str, sound_hash: str, made_at: int) -> str:
    """Return `<id>.<time>.<signature>`, which is valid for this sound only."""
    return f"{sound_id}.{made_at}.{signer.sign(_signed(sound_id, sound_hash, str(made_at))).hex()}"


def is_old(found: str) -> bool:
    """Return whether this has the form of an older mark, which only the bot that made it can check."""
    return _OLD_MARK.fullmatch(found) is not None


@dataclass(frozen=True, slots=True)
class MarkChecker:
    public_key: bytes
    signer: Signer | None = None  # checks older marks, too

    def checked(self, found: str, sound_hash: str) -> Mark | None:
        """Return what the mark says; None if it is no mark or was made for another sound."""
        if parts := _MARK.fullmatch(found):
            sound_id, made_at, signature = parts[1], parts[2], bytes.fromhex(parts[3])
            is_ours = is_signed(_signed(sound_id, sound_hash, made_at), signature, self.public_key)
            return Mark(sound_id, int(made_at)) if is_ours else None
        if self.signer is not None and (parts := _OLD_MARK.fullmatch(found)):
            is_ours = self.signer.has_digest(parts[2], "mark", parts[1], sound_hash)
            return Mark(parts[1], None) if is_ours else None
        return None


def _signed(sound_id: str, sound_hash: str, made_at: str) -> bytes:
    # The prefix keeps this signature from being valid for anything else that the key signs.
    return f"mynah mark 2 {sound_id} {sound_hash} {made_at}".encode("ascii")
