"""Finds out whether this bot made a sound, and tells what the member may know about it."""

import asyncio

from bot.audio.refusals import MAX_SAMPLE_BYTES, TooLarge
from bot.errors import UserError
from bot.http.attachments import Attachment, AttachmentReader
from bot.models.speech import Utterance
from bot.services.common.signing import Signer
from bot.services.common.turns import Turns
from bot.services.provenance.marks import MarkChecker
from bot.services.provenance.tracing import look_at, traced
from bot.services.provenance.verdicts import Verdict
from bot.storage.speech.utterances import UtteranceStore

AT_ONCE = 4  # files in memory, each as large as a sample may be


class FileTooLarge(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"That file is larger than {MAX_SAMPLE_BYTES // 2**20} MiB, and I post nothing that large. "
            "If it holds a shorter clip, attach that clip as it was posted."
        )


class ProvenanceService:
    def __init__(self, utterances: UtteranceStore, attachments: AttachmentReader, signer: Signer) -> None:
        self._utterances = utterances
        self._attachments = attachments
        self._checker = MarkChecker(signer.public_key, signer)
        self._turns = Turns(AT_ONCE, "files")

    async def examine(self, attachment: Attachment, member_id: int, guild_id: int | None) -> Verdict:
        """Find out whether the bot made this file. Raises FileTooLarge, NotFetched or TooManyAtOnce."""
        async with self._turns.turn(member_id):
            try:
                data = await self._attachments.read(attachment)
            except TooLarge:
                raise FileTooLarge from None
            looks = await asyncio.to_thread(look_at, data)
        trace, utterance = await traced(looks, self._checker, self._utterances)
        return Verdict(trace, utterance if utterance and _may_know(utterance, member_id, guild_id) else None)


def _may_know(utterance: Utterance, member_id: int, guild_id: int | None) -> bool:
    is_there = guild_id is not None and guild_id == utterance.guild_id
    return is_there or utterance.is_controlled_by(member_id) or utterance.asker_id == member_id
