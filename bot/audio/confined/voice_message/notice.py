"""The spoken notice, “Synthetic voice”, read at import, since a worker can open no file. Runs in the worker only.

It is the same before every voice, and no person's voice says it. So it costs nothing, and whoever asks for a sound
cannot change how it is said. `script/notice.py` made the file with espeak-ng.
"""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.opus import RATE

FILE = Path(__file__).with_name("notice.ogg")


def _read() -> NDArray[np.int16]:
    ogg = read_ogg(FILE.read_bytes())
    if ogg is None:
        raise ValueError("the notice is not as it was made")
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.thread_count = RATE, "mono", 1
    heard = [
        frame.to_ndarray().reshape(-1) for packet in ogg.sound.packets for frame in decoder.decode(av.Packet(packet))
    ]
    sound = np.concatenate(heard)[ogg.sound.pre_skip :][: ogg.sound.moments]
    return sound.astype(np.int16)


NOTICE = _read()
