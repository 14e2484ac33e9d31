"""Opens a file that may be a sample, by what it is. Runs in the worker only."""

from bot.audio.confined.sound.containers import open_container
from bot.audio.confined.sound.recordings import Recording
from bot.audio.confined.sound.wavs import open_wav
from bot.audio.kinds import container_in
from bot.audio.refusals import MAX_SAMPLE_SECONDS, MIN_SAMPLE_SECONDS, TooLong, TooShort


def open_recording(data: bytes) -> Recording:
    """Raises the refusal of a file that cannot be a sample."""
    container = container_in(data)
    recording = open_wav(data) if container is None else open_container(data, container)
    if recording.seconds < MIN_SAMPLE_SECONDS:
        raise TooShort(recording.seconds)
    if recording.seconds > MAX_SAMPLE_SECONDS:
        raise TooLong
    return recording
