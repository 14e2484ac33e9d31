"""A local stand-in for Fish Audio: voices, speech, transcription and wallet, strict as the documentation."""

from sandbox.fish_audio.fields import Upload
from sandbox.fish_audio.speech.synthesis import Spoken
from sandbox.fish_audio.stand_in import FishAudio
from sandbox.fish_audio.voices import Voice

__all__ = ["FishAudio", "Spoken", "Upload", "Voice"]
