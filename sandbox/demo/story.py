"""The story: three members make three voices, use them and share them."""

from sandbox.demo.narrator import Narrator, WentWrong
from sandbox.demo.recordings import Material, ben_speaking, broken_copy, cleo_on_the_phone
from sandbox.discord import Member, Reply, Upload

_ANNS, _BENS, _CLEOS = "Sunny", "Gravel", "My voice"


class RecordingRefused(WentWrong):
    def __init__(self) -> None:
        super().__init__("That recording cannot become a voice; the bot says why above.")


async def tell(narrator: Narrator, ann: Member, ben: Member, cleo: Member, material: Material) -> None:
    """Tell the whole story. Raises WentWrong if the bot does something else."""
    await _a_recording_becomes_a_voice(narrator, ann, material)
    mp3 = await _it_speaks(narrator, ann, material.text)
    await _it_is_shared(narrator, ann, ben, material.text)
    await _bad_recordings_are_refused(narrator, ben, mp3)
    await _a_training_fails(narrator, ben)
    await _a_phone_is_enough(narrator, cleo)


async def _a_recording_becomes_a_voice(narrator: Narrator, ann: Member, material: Material) -> None:
    narrator.chapter(
        "1. A recording becomes a voice",
        "Ann attaches a WAV. The bot looks at it first, and sends it to Fish Audio only when she agrees.",
    )
    narrator.fish.trains_in(seconds=3)
    report = await narrator.uses(ann, "/voice create", name=_ANNS, sample=material.sample)
    if "Create my voice" not in report.buttons:
        raise RecordingRefused
    await narrator.presses(ann, report, "Create my voice")
    ready = await narrator.waits(ann, _ANNS)
    narrator.saves(ready, "ann-preview")


async def _it_speaks(narrator: Narrator, ann: Member, text: str) -> Upload:
    narrator.chapter("2. It says what she types", "She need not name it: a first voice is the default.")
    said = await narrator.uses(ann, "/say", text=text)
    narrator.saves(said, "ann-says")
    return Upload("ann.wav", said.audio)


async def _it_is_shared(narrator: Narrator, ann: Member, ben: Member, text: str) -> None:
    narrator.chapter("3. Nobody else can use it, until she shares it", "Ben learns nothing of a voice that is private.")
    _is_refused(narrator, await narrator.uses(ben, "/say", voice=_ANNS, text=text))
    await narrator.uses(ann, "/voice share", voice=_ANNS)
    borrowed = await narrator.uses(ben, "/say", voice=_ANNS, text=text)
    narrator.saves(borrowed, "ben-says-in-anns-voice")
    await narrator.uses(ann, "/voice unshare", voice=_ANNS)
    _is_refused(narrator, await narrator.uses(ben, "/say", voice=_ANNS, text=text))


async def _bad_recordings_are_refused(narrator: Narrator, ben: Member, mp3: Upload) -> None:
    narrator.chapter(
        "4. A bad recording is refused",
        "Ben takes the MP3 in Ann's voice for a sample; then he tries a WAV of his own that was copied only in part.",
    )
    for sample in (mp3, broken_copy(ben_speaking())):
        reply = await narrator.uses(ben, "/voice create", name=_BENS, sample=sample)
        narrator.checks(not reply.buttons, "A bad recording was not refused.")


async def _a_training_fails(narrator: Narrator, ben: Member) -> None:
    narrator.chapter(
        "5. A training fails, and is tried again",
        "Fish Audio does not like Ben's first take; the bot says why and keeps the recording for a day.",
    )
    narrator.fish.fails_training(_BENS, reason="There is too much echo in the recording")
    report = await narrator.uses(ben, "/voice create", name=_BENS, sample=ben_speaking())
    await narrator.presses(ben, report, "Create my voice")
    failed = await narrator.waits(ben, _BENS)
    narrator.fish.trains_in(seconds=1)
    await narrator.presses(ben, failed, "Retry")
    ready = await narrator.waits(ben, _BENS)
    narrator.saves(ready, "ben-preview")
    said = await narrator.uses(ben, "/say", text="And this is me, an octave deeper.")
    narrator.saves(said, "ben-says")


async def _a_phone_is_enough(narrator: Narrator, cleo: Member) -> None:
    narrator.chapter(
        "6. A phone is enough, and nobody waits",
        "Cleo sends a voice message and makes it her voice. She speaks at once, since her recording is sent along "
        "until the voice is trained; then she answers with a voice message.",
    )
    narrator.fish.trains = "slowly"
    message = narrator.records(cleo, cleo_on_the_phone())
    report = await narrator.uses_on(cleo, "Make this my voice", message)
    await narrator.presses(cleo, report, "Create my voice")
    said = await narrator.uses(cleo, "/say", text="I have only just sent this, and I speak.")
    narrator.saves(said, "cleo-says-at-once")
    narrator.fish.finishes_training(_CLEOS)
    await narrator.waits(cleo, _CLEOS)
    spoken = await narrator.speaks(cleo, "Now it is trained, and this is a voice message.")
    narrator.saves(spoken, "cleo-voice-message")


def _is_refused(narrator: Narrator, reply: Reply) -> None:
    narrator.checks(reply.ephemeral and not reply.files, "Somebody spoke in a voice that is not theirs to use.")
