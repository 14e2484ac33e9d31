"""Make bot/audio/confined/voice_message/notice.ogg anew: “Synthetic voice”, said by espeak-ng.

Usage: .venv/bin/python -m script.notice
"""

from pathlib import Path

import numpy as np

from bot.audio.ogg.comments import words_packet
from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.opus import RATE, write_ogg
from sandbox.espeak import engine
from sandbox.fish_audio.speech.encoding import encode
from sandbox.sound import Sound

FILE = Path(__file__).parents[1] / "bot/audio/confined/voice_message/notice.ogg"
WORDS, HERTZ = "Synthetic voice.", 180
LEVEL = -20.0  # dBFS: about as loud as Fish Audio's voices
SILENT = 0.01


def main() -> None:
    spoken = engine().pronounce(WORDS, pitch=HERTZ, speed=1).at(RATE)
    [heard] = np.nonzero(np.abs(spoken.samples) > SILENT)
    sound = Sound(spoken.samples[heard[0] : heard[-1]], RATE)
    ogg = read_ogg(encode(sound.louder(LEVEL - sound.loudness), format="opus", rate=RATE, bitrate=48_000))
    if ogg is None:
        raise SystemExit("The encoder made something that we do not read.")
    FILE.write_bytes(write_ogg(ogg.sound, words_packet({"TITLE": WORDS, "ARTIST": "espeak-ng"}), serial=1))
    print(f"{FILE}: {ogg.sound.seconds:.2f} s, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
