"""Every call that the bot makes to Fish Audio, ready to be made."""

from collections.abc import Awaitable, Callable

from bot.fish_audio.client import FishAudio
from bot.fish_audio.fair_gate import Askers
from bot.models.samples import Clip, Sample
from bot.models.voices import FishVoice

FISH_ID = "0123456789abcdef0123456789abcdef"
TEXT = "my grandmother's recipe"

Call = Callable[[FishAudio], Awaitable[object]]


async def creates(fish_audio: FishAudio) -> FishVoice:
    return await fish_audio.create_voice(
        title="Ann",
        sample=Sample((Clip("ann.wav", b"RIFF\x04\x00\x00\x00WAVE"),)),
        transcript=None,
        tag="mynah-1",
        member_id=7,
    )


async def speaks(fish_audio: FishAudio) -> bytes:
    return await fish_audio.speak(TEXT, voice=FISH_ID, speed=1, volume=0, askers=Askers(7))


async def hears(fish_audio: FishAudio) -> str:
    return await fish_audio.transcribe(b"RIFF\x04\x00\x00\x00WAVE", member_id=7, on_asking=lambda: None)


async def reads(fish_audio: FishAudio) -> FishVoice:
    return await fish_audio.voice(FISH_ID)


async def lists(fish_audio: FishAudio) -> list[FishVoice]:
    return await fish_audio.newest_voices()


async def deletes(fish_audio: FishAudio) -> None:
    await fish_audio.delete_voice(FISH_ID)


EVERY_CALL: list[Call] = [
    creates,
    speaks,
    hears,
    reads,
    lists,
    deletes,
    lambda fish_audio: fish_audio.voices_tagged("mynah-1"),
    lambda fish_audio: fish_audio.check_key(),
    lambda fish_audio: fish_audio.credit(),
]
