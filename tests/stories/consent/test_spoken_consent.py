"""If a server asks for spoken consent, a voice is made only from a recording that holds a fresh sentence."""

import re
from decimal import Decimal

import numpy as np
import pytest

from bot.storage.engine.opening import open_database
from bot.storage.servers.rules import RulesStore
from sandbox.discord import Discord, Member, Reply, Upload
from sandbox.fish_audio import FishAudio
from sandbox.speech import PASSAGE, sample_wav
from tests.audio import waves
from tests.storage.guards import untold
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import asked, until_later, wav
from tests.stories.stored import Place, stored

HEARING = "/v1/asr"
NOTHING_KEPT = "SELECT id FROM voice UNION ALL SELECT voice_id FROM sample"
KEPT_OF_IT = "SELECT id FROM sentence UNION ALL SELECT sentence_id FROM hearing"


async def asks_for_spoken_consent(discord: Discord, place: Place) -> None:
    """Turn the server's setting on."""
    async with open_database(place if isinstance(place, str) else f"sqlite:///{place}") as opened:
        await RulesStore(opened).set_spoken_consent(discord.server.id, True, told=untold, now=0)


@pytest.fixture
async def ann(discord: Discord, bot: BotHere) -> Member:
    await asks_for_spoken_consent(discord, bot.place)
    return discord.member("Ann")


def sentence_in(reply: Reply) -> str:
    """Return the sentence that a reply asks to read aloud."""
    found = re.search(r"^> (I agree that my voice is cloned, .+\.)$", reply.text, re.MULTILINE)
    assert found, reply.text
    return found[1]


def reading(*texts: str) -> Upload:
    """Return a recording of somebody who says this."""
    return Upload("sample.wav", sample_wav(" ".join(texts)))


async def is_given_a_sentence(member: Member) -> str:
    return sentence_in(await member.uses("/voice create", name="Grandpa", sample=wav()))


def is_accepted(reply: Reply) -> bool:
    return reply.buttons == ("Create my voice", "Cancel")


def heard(fish: FishAudio) -> int:
    """Count how often Fish Audio was asked to listen."""
    return len(asked(fish, "POST", template=HEARING))


def fetched(discord: Discord) -> int:
    """Count how many attached files the bot has fetched."""
    return len([request for request in discord.requests if "attachments/" in request.path])


@pytest.mark.slow
async def test_the_sentence_is_heard_even_if_left_and_right_cancel(fish: FishAudio, bot: BotHere, ann: Member) -> None:
    """Fish Audio gets the sound that is kept; its own mix of the file would be silent."""
    spoken = reading(await is_given_a_sentence(ann)).data
    left = np.frombuffer(spoken[44:], "<i2") / 2**15
    opposites = waves.integers(np.stack((left, -left), axis=1), rate=44_100)

    report = await ann.uses("/voice create", name="Grandpa", sample=Upload("sample.wav", opposites.bytes()))

    assert is_accepted(report), report.text
    assert stored(bot.place, "SELECT data FROM sample") == [(spoken,)]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_sentence_is_read_aloud_recognised_and_kept_with_the_consent(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    first = await ann.uses("/voice create", name="Grandpa", sample=wav())
    assert first.ephemeral
    assert first.buttons == ()
    assert "Fish Audio writes down what is said" in first.text
    sentence = sentence_in(first)
    assert fetched(discord) == 0
    assert stored(bot.place, NOTHING_KEPT) == []

    words = f"Hello, this is Ann. {sentence} That was it."
    report = await ann.uses("/voice create", name="Grandpa", sample=reading(words))
    assert is_accepted(report), report.text
    assert (fetched(discord), heard(fish)) == (1, 1)
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")
    [creation] = asked(fish, "POST")
    assert [part.data.decode() for part in creation.body.parts if part.name == "texts"] == [words]
    assert stored(bot.place, "SELECT sentence FROM consent") == [(sentence,)]
    bot.time_passes(minutes=1)
    assert stored(bot.place, KEPT_OF_IT) == []

    again = await ann.uses("/voice create", name="Grandma", sample=reading(words))
    assert sentence_in(again) != sentence
    in_private = await ann.uses("/voice create", in_=ann.dm, name="Elsewhere", sample=wav())
    assert is_accepted(in_private)
    assert heard(fish) == 1


@pytest.mark.slow
async def test_a_recording_of_somebody_else_is_transcribed_only_after_their_approval(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    bea = discord.member("Bea")

    sentence = sentence_in(await ann.uses("/voice create", name="Grandma", sample=wav(), speaker=bea))
    sample = reading(sentence)
    report = await ann.uses("/voice create", name="Grandma", sample=sample, speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    assert question.audio == sample.data
    assert heard(fish) == 0
    fish.credit = Decimal(0)
    await bea.clicks(question, "Approve")
    await discord.owner.is_told("credit is used up")
    assert not asked(fish, "POST")
    fish.credit = Decimal(10)
    await until_later(bot, lambda: asked(fish, "POST"), minutes=6)
    await ann.is_told("“Grandma” is ready.")
    [creation] = asked(fish, "POST")
    assert [part.data.decode() for part in creation.body.parts if part.name == "texts"] == [sentence]
    assert stored(bot.place, "SELECT member_id, sentence FROM consent") == [(bea.id, sentence)]

    listened = heard(fish)
    sentence = sentence_in(await ann.uses("/voice create", name="Grandpa", sample=wav(), speaker=bea))
    report = await ann.uses("/voice create", name="Grandpa", sample=reading("Something else"), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    await bea.clicks(await bea.is_told("Ann asks for your voice."), "Approve")
    failure = await ann.is_told("“Grandpa” could not be made.")
    assert f"does not hold the sentence “{sentence}”. I heard: “Something else”." in failure.text
    assert failure.buttons == ("Delete voice",)
    await bea.is_told("“Grandpa”, your voice, made by Ann, could not be made.")
    assert heard(fish) == listened + 1
    assert len(asked(fish, "POST")) == 1
    assert stored(bot.place, "SELECT voice_id FROM sample") == []


@pytest.mark.slow
async def test_slips_are_forgiven_and_a_typed_transcript_is_kept(fish: FishAudio, bot: BotHere, ann: Member) -> None:
    sentence = await is_given_a_sentence(ann)
    fish.hears(f"um {sentence.lower().replace(',', '').replace('cloned', 'clone')[:-1]}s")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), transcript="What I say")
    assert is_accepted(report), report.text
    assert stored(bot.place, "SELECT transcript FROM voice") == [("What I say",)]
    assert heard(fish) == 1


@pytest.mark.slow
async def test_a_recording_without_the_sentence_is_refused_with_what_was_heard(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    bens = await is_given_a_sentence(discord.member("Ben"))
    sentence = await is_given_a_sentence(ann)
    shown, old = "", sentence.replace(" are ", " are yesterday, ").replace(" and my", " and never my")

    for number, (said, shown) in enumerate(
        [
            (PASSAGE, "I heard: “When the sunlight strikes"),
            (bens, f"I heard: “{bens}”"),
            (old, f"I heard: “{old}”"),
            ("@everyone [see](https://example.com) **this**", r"\[see\](https\://example.com) \*\*this\*\*"),
        ],
        start=1,
    ):
        fish.hears(said)
        refusal = await ann.uses("/voice create", name="Grandpa", sample=reading(str(number)))
        assert shown in refusal.text
        assert sentence_in(refusal) == sentence
        assert refusal.ephemeral
        assert len(refusal.text) < 1000

    again = await ann.uses("/voice create", name="Grandpa", sample=reading("4"))
    assert shown in again.text
    assert heard(fish) == 4
    fish.hears("")
    assert (
        "could not make out a single word"
        in (await ann.uses("/voice create", name="Grandpa", sample=reading("5"))).text
    )
    enough = await ann.uses("/voice create", name="Grandpa", sample=reading(sentence))
    assert enough.text.startswith("I have listened to 5 recordings for your sentence")
    assert heard(fish) == 5
    assert stored(bot.place, NOTHING_KEPT) == []


@pytest.mark.slow
async def test_after_ten_minutes_the_sentence_and_its_recording_are_gone(
    fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    sentence = await is_given_a_sentence(ann)
    await ann.uses("/voice create", name="Grandpa", sample=wav())
    bot.time_passes(minutes=9)
    assert await is_given_a_sentence(ann) == sentence
    bot.time_passes(minutes=1)
    await until_later(bot, lambda: not stored(bot.place, KEPT_OF_IT), minutes=0.6)
    late = await ann.uses("/voice create", name="Grandpa", sample=reading(sentence))
    fresh = sentence_in(late)
    assert fresh != sentence
    assert is_accepted(await ann.uses("/voice create", name="Grandpa", sample=reading(fresh)))


@pytest.mark.slow
async def test_a_sentence_stays_valid_while_fish_audio_cannot_transcribe(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    sentence = await is_given_a_sentence(ann)

    async def is_told(why: str) -> None:
        reply = await ann.uses("/voice create", name="Grandpa", sample=reading(sentence))
        assert why in reply.text
        assert "your sentence ends" in reply.text

    fish.is_busy()
    await is_told("Fish Audio is too busy right now")
    fish.fails("POST", HEARING, status=401)
    await is_told("must renew its Fish Audio key")
    await discord.owner.is_told("refuses my API key")
    credit, fish.credit = fish.credit, Decimal(0)
    await is_told("credit is used up")
    await discord.owner.is_told("credit is used up")
    fish.credit = credit
    for _ in range(4):  # with the two below, more than the limit of listenings
        fish.breaks_behind_its_proxy("POST", HEARING)
        await is_told("did not answer")
    fish.fails("POST", HEARING, status=200, body=b'{"text": "I ag')
    await is_told("did not answer")
    fish.hangs_up_after("POST", HEARING)
    await is_told("did not answer")
    fish.fails("POST", HEARING, status=400, body={"message": "*No* speech"})
    await is_told(r"could not listen to that recording (\*No\* speech)")
    assert stored(bot.place, NOTHING_KEPT) == []

    assert is_accepted(await ann.uses("/voice create", name="Grandpa", sample=reading(sentence)))


@pytest.mark.slow
async def test_two_uses_at_one_instant_are_transcribed_once_and_make_one_voice(
    fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    sentence = await is_given_a_sentence(ann)
    sample = reading(sentence)
    listening = fish.holds("POST", HEARING)
    first = await ann.uses("/voice create", name="Grandpa", sample=sample, wait=False)
    await listening.arrived()
    second = await ann.uses("/voice create", name="Grandma", sample=sample)
    assert second.text == "I am listening to that recording already. Wait for what I say about it."
    listening.release()
    assert is_accepted(await first.reply())
    assert heard(fish) == 1

    fresh = await is_given_a_sentence(ann)
    listenings = [fish.holds("POST", HEARING) for _ in range(2)]
    uses = [
        await ann.uses("/voice create", name=name, sample=reading(fresh, name), wait=False)
        for name in ("Uncle", "Aunt")
    ]
    for each in listenings:
        await each.arrived()
    for each in listenings:
        each.release()
    replies = [await use.reply() for use in uses]
    assert sorted(is_accepted(reply) for reply in replies) == [False, True]
    assert any(reply.text.startswith("Your sentence was used for another voice") for reply in replies)


@pytest.mark.slow
async def test_a_recording_too_large_to_be_heard_is_heard_as_a_copy(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    await asks_for_spoken_consent(discord, bot.place)
    ann = discord.member("Ann", nitro=True)
    sentence = await is_given_a_sentence(ann)
    fish.hears(sentence)
    large = waves.integers(waves.tone(4)).but(after=waves.chunk(b"LIST", bytes(20_000_000)))
    assert is_accepted(await ann.uses("/voice create", name="Grandpa", sample=Upload("large.wav", large.bytes())))
    [request] = asked(fish, "POST", template=HEARING)
    assert len(request.body.raw) < 200_000


async def test_a_bot_that_is_killed_while_it_listens_keeps_the_sentence(
    discord: Discord, fish: FishAudio, process: BotProcess, next_life: BotHere
) -> None:
    ann = discord.member("Ann")
    await process.is_up()
    await asks_for_spoken_consent(discord, process.database)
    sentence = await is_given_a_sentence(ann)
    listening = fish.holds("POST", HEARING)
    await ann.uses("/voice create", name="Grandpa", sample=reading(sentence), wait=False)
    await listening.arrived()
    await process.is_killed()

    await next_life.starts()
    next_life.time_passes(seconds=16)
    report = await ann.uses("/voice create", name="Grandpa", sample=reading(sentence))
    assert is_accepted(report), report.text
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")
    assert stored(next_life.place, "SELECT sentence FROM consent") == [(sentence,)]
