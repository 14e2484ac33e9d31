"""Opens a file that may be a sample, as its content demands. Runs in the worker only."""

from bot.audio.confined.sound.containers import open_container
from bot.audio.confined.sound.recordings import Recording
from bot.audio.confined.sound.wavs import open_wav
from bot.audio.kinds import container_in
from bot.audio.refusals import MAX_SAMPLE_SECONDS, MIN_SAMPLE_SECONDS, TooLong, TooShort


def open_recording(data: bytes, *, most_seconds: int = MAX_SAMPLE_SECONDS) -> Recording:
    """Open a file. Raises SampleRefused if it cannot be a sample or is longer than `most_seconds`."""
    container = container_in(data)
    recording = open_wav(data) if container is None else open_container(data, container, most_seconds=most_seconds)
    if recording.seconds < MIN_SAMPLE_SECONDS:
        raise TooShort(recording.seconds)
    if recording.seconds > most_seconds:
        raise TooLong(most_seconds)
    return recording
