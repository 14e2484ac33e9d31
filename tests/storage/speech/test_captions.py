"""Voice messages that may lack their captions: claimed once, due at once after a start, gone with their records."""

from dataclasses import replace

from bot.models.sounds import PostAs
from bot.models.speech import Utterance
from bot.storage.engine.database import Database
from bot.storage.speech.captions import CaptionStore
from bot.storage.speech.utterances import UtteranceStore
from tests.storage.guards import unguarded
from tests.storage.speech.test_utterances import utterance

DUE, LATER = 5_000, 9_000


async def begun(database: Database, number: int) -> Utterance:
    spoken = replace(utterance(number), posted_as=PostAs.VOICE_MESSAGE)
    record = await UtteranceStore(database).begin(
        spoken, charge_id=None, guard=unguarded, log=None, log_not_before=0, caption_due=DUE
    )
    assert isinstance(record, Utterance)
    return record


async def test_what_is_due_is_claimed_once_and_again_if_nobody_saw_to_it(database: Database) -> None:
    captions, record = CaptionStore(database), await begun(database, 1)
    assert await captions.claim(now=DUE - 1, until=LATER, most=9) == []
    assert await captions.claim(now=DUE, until=LATER, most=9) == [record]
    assert await captions.claim(now=DUE, until=LATER, most=9) == []
    assert await captions.next_due() == LATER
    await captions.put_off(record.id, DUE)
    assert await captions.claim(now=DUE, until=LATER, most=9) == [record]
    await captions.give_up(record.id)
    assert await captions.next_due() is None


async def test_a_posted_caption_is_recorded_and_a_withdrawn_record_needs_none(database: Database) -> None:
    utterances, captions = UtteranceStore(database), CaptionStore(database)
    posted, uncaptioned, withdrawn = [await begun(database, number) for number in (1, 2, 3)]
    await utterances.complete(posted, 70, log="", now=0, caption_id=71)
    await utterances.complete(uncaptioned, 80, log="", now=0)
    await utterances.withdraw(withdrawn)

    [left] = await captions.claim(now=DUE, until=LATER, most=9)

    assert (left.id, left.message_id, left.caption_id) == (uncaptioned.id, 80, None)
    stored = await utterances.by_id(posted.id)
    assert stored is not None
    assert (stored.message_id, stored.caption_id, stored.posted_as) == (70, 71, PostAs.VOICE_MESSAGE)
