"""The story that is told: two members, two voices, and what may and may not be done with them."""

from sandbox.demo.recordings import Material, ben_speaking, broken_copy
from sandbox.demo.stage import Stage, WentWrong
from sandbox.discord import Member, Reply, Upload

_ANNS, _BENS = "Sunny", "Gravel"


class RecordingRefused(WentWrong):
    def __init__(self) -> None:
        super().__init__("That recording cannot become a voice; the bot says why above.")


async def tell(stage: Stage, ann: Member, ben: Member, material: Material) -> None:
    """The whole story. Raises WentWrong where it takes another course."""
    await _a_recording_becomes_a_voice(stage, ann, material)
    mp3 = await _it_speaks(stage, ann, material.text)
    await _it_is_shared(stage, ann, ben, material.text)
    await _bad_recordings_are_refused(stage, ben, mp3)
    await _a_training_fails(stage, ben)


async def _a_recording_becomes_a_voice(stage: Stage, ann: Member, material: Material) -> None:
    stage.scene(
        "1. A recording becomes a voice",
        "Ann attaches a WAV. The bot looks at it first, and sends it to Fish Audio only when she agrees.",
    )
    stage.fish.trains_in(seconds=3)
    report = await stage.uses(ann, "/voice create", name=_ANNS, sample=material.sample)
    if "Create my voice" not in report.buttons:
        raise RecordingRefused
    await stage.presses(ann, report, "Create my voice")
    ready = await stage.waits(ann, _ANNS)
    stage.keeps(ready, "ann-preview")


async def _it_speaks(stage: Stage, ann: Member, text: str) -> Upload:
    stage.scene("2. It says what she types", "She need not name it: a first voice is the default.")
    said = await stage.uses(ann, "/say", text=text)
    stage.keeps(said, "ann-says")
    return Upload("ann.wav", said.audio)


async def _it_is_shared(stage: Stage, ann: Member, ben: Member, text: str) -> None:
    stage.scene("3. Nobody else can use it, until she shares it", "Ben learns nothing of a voice that is private.")
    _is_refused(stage, await stage.uses(ben, "/say", voice=_ANNS, text=text))
    await stage.uses(ann, "/voice share", voice=_ANNS)
    borrowed = await stage.uses(ben, "/say", voice=_ANNS, text=text)
    stage.keeps(borrowed, "ben-says-in-anns-voice")
    await stage.uses(ann, "/voice unshare", voice=_ANNS)
    _is_refused(stage, await stage.uses(ben, "/say", voice=_ANNS, text=text))


async def _bad_recordings_are_refused(stage: Stage, ben: Member, mp3: Upload) -> None:
    stage.scene(
        "4. A bad recording is refused",
        "Ben renames the MP3 that Ann posted to ann.wav; then he tries a WAV of his own that was copied only in part.",
    )
    for sample in (mp3, broken_copy(ben_speaking())):
        reply = await stage.uses(ben, "/voice create", name=_BENS, sample=sample)
        stage.expects(not reply.buttons, "A bad recording was not refused.")


async def _a_training_fails(stage: Stage, ben: Member) -> None:
    stage.scene(
        "5. A training fails, and is tried again",
        "Fish Audio does not like Ben's first take; the bot says why and keeps the recording for a day.",
    )
    stage.fish.fails_training(_BENS, reason="There is too much echo in the recording")
    report = await stage.uses(ben, "/voice create", name=_BENS, sample=ben_speaking())
    await stage.presses(ben, report, "Create my voice")
    failed = await stage.waits(ben, _BENS)
    stage.fish.trains_in(seconds=1)
    await stage.presses(ben, failed, "Retry")
    ready = await stage.waits(ben, _BENS)
    stage.keeps(ready, "ben-preview")
    said = await stage.uses(ben, "/say", text="And this is me, an octave deeper.")
    stage.keeps(said, "ben-says")


def _is_refused(stage: Stage, reply: Reply) -> None:
    stage.expects(reply.ephemeral and not reply.files, "Somebody spoke in a voice that is not theirs to use.")
