"""The mark in an MP3's tags by which the bot knows its own sounds again."""

from bot.services.common.signing import Signer


def mark(signer: Signer, sound_id: str, sound_hash: str) -> str:
    """`<id>.<signature>`; nobody else can make one, nor use one of ours for another sound."""
    return f"{sound_id}.{signer.signature('mark', sound_id, sound_hash)}"


def marked_id(signer: Signer, found: str, sound_hash: str) -> str | None:
    """The id in a mark that was found beside this sound; None where it was not made for it."""
    sound_id, _, signature = found.partition(".")
    return sound_id if signer.is_genuine(signature, "mark", sound_id, sound_hash) else None
