"""The espeak-ng library through ctypes: text in, samples out, one call at a time."""

import ctypes
import os
import threading
from functools import cache

import numpy as np

from sandbox.sound import Sound

_AUDIO_OUTPUT_RETRIEVAL = 1
_INITIALIZE_DONT_EXIT = 0x8000
_CHARACTERS_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4

_WORDS_PER_MINUTE = 175  # espeak's own normal speed
_STEADY = 30  # of 100: little melody, so that a voice keeps the pitch it was given

# The median pitch in Hz that espeak-ng 1.52 was measured to speak with at settings 0, 10, 20 … 90, 99.
_SETTINGS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
_DEEP_VOICE = (67, 71, 73, 78, 87, 96, 106, 117, 131, 148, 163)  # "en"
_HIGH_VOICE = (117, 127, 137, 152, 165, 182, 202, 225, 251, 281, 311)  # "en+f2"

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class NoSpeechEngineError(Exception):
    """espeak-ng cannot be loaded on this machine."""


class Engine:
    """One loaded and initialised library. It keeps global state, so calls wait for each other."""

    def __init__(self) -> None:
        try:
            # Ships no types; the package is in the `sandbox` extra alone.
            import espeakng_loader

            self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
            data = os.fsencode(espeakng_loader.get_data_path())
        except (ImportError, OSError, RuntimeError) as error:
            raise NoSpeechEngineError(str(error)) from error
        rate = self._library.espeak_Initialize(_AUDIO_OUTPUT_RETRIEVAL, 0, data, _INITIALIZE_DONT_EXIT)
        if rate <= 0:
            raise NoSpeechEngineError(f"espeak-ng did not initialise: {rate}")
        self._rate: int = rate
        self._lock = threading.Lock()
        self._pieces: list[bytes] = []
        self._callback = _SynthCallback(self._collect)  # kept, or the library would call freed memory
        self._library.espeak_SetSynthCallback(self._callback)

    def pronounce(self, text: str, *, pitch: float, speed: float, voice: str | None = None) -> Sound:
        """Return English speech at about `pitch` Hz (67 to 311), `speed` times as fast as normal.

        `voice` is the name of another voice, such as `de` or `en+whisper`, whose pitch is only roughly that.
        """
        encoded = _harmless(text).encode("utf-8", "ignore")
        with self._lock:
            self._set_voice(pitch, voice)
            self._library.espeak_SetParameter(_RATE, round(_WORDS_PER_MINUTE * speed), 0)
            self._library.espeak_SetParameter(_RANGE, _STEADY, 0)
            self._pieces.clear()
            self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
            self._library.espeak_Synchronize()
            samples = np.frombuffer(b"".join(self._pieces), dtype=np.int16)
        return Sound(samples.astype(np.float32) / np.float32(32_768), self._rate).as_loud_as_speech()

    def _set_voice(self, pitch: float, voice: str | None) -> None:
        name, scale = ("en", _DEEP_VOICE) if pitch <= 140 else ("en+f2", _HIGH_VOICE)
        if self._library.espeak_SetVoiceByName((voice or name).encode()) != 0:
            raise ValueError(f"espeak has no voice {voice}")
        self._library.espeak_SetParameter(_PITCH, round(float(np.interp(pitch, scale, _SETTINGS))), 0)

    def _collect(self, wave: int | None, length: int, _events: object) -> int:
        if wave and length > 0:
            self._pieces.append(ctypes.string_at(wave, 2 * length))
        return 0


def engine() -> Engine:
    """Return the engine of this process. Raises NoSpeechEngineError."""
    return _engine_of(os.getpid())


@cache
def _engine_of(_process_id: int) -> Engine:
    """Return one engine per process: a lock that was held during a fork would stay locked in the child."""
    return Engine()


def _harmless(text: str) -> str:
    """Remove control characters, which end the text early or switch espeak's modes."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
