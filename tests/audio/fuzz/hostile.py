"""Makes files in the containers of FFmpeg that lie, lead elsewhere, never end or hold far too much of something."""

import struct
import zlib
from collections.abc import Callable
from functools import cache, partial

from bot.audio.ogg.pages import checksum_of
from tests.audio import waves

_STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


@cache
def _spoken(codec: str, container: str, *, channels: int = 1) -> bytes:
    speech = waves.speech(4, rate=48_000)
    return waves.other_format(speech.repeat(channels).reshape(-1, channels), codec, container)


m4a = partial(_spoken, "aac", "ipod")
ogg = partial(_spoken, "libopus", "ogg")
webm = partial(_spoken, "libopus", "webm")
flac = partial(_spoken, "flac", "flac")
mp3 = partial(_spoken, "libmp3lame", "mp3")
aac = partial(_spoken, "aac", "adts")


def corpus(address: str, file: str) -> dict[str, bytes]:
    """Return hostile files by what they try; `address` is a URL and `file` a recording that they try to reach."""
    return {**leading(address, file), **_oggs(), **_webms()}


def leading(address: str, file: str) -> dict[str, bytes]:
    """Return those of the kinds that can lead elsewhere."""
    return {**_mp4s(address, file), **_texts(address, file), **_mp3s(address), **_flacs(address)}


def box(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    return struct.pack(">I4s", len(body) + 8 if size is None else size, name) + body


def changed(data: bytes, path: tuple[bytes, ...], change: Callable[[bytes], bytes]) -> bytes:
    """Return an MP4 with another body in the box at `path`; the sizes of those around it follow."""
    rebuilt, place = b"", 0
    while place + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + size]
        if name == path[0]:
            body = change(body) if len(path) == 1 else changed(body, path[1:], change)
        rebuilt += box(name, body)
        place += size
    return rebuilt


def _mp4s(address: str, file: str) -> dict[str, bytes]:
    def leading_to(kind: bytes, target: bytes) -> bytes:
        reference = struct.pack(">II", 0, 1) + box(kind, bytes(4) + target)
        return changed(m4a(), (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"), lambda _: reference)

    def with_table(name: bytes, body: bytes) -> bytes:
        return changed(m4a(), (*_STBL, name), lambda _: body)

    path = file.encode()
    alias = (
        bytes(150) + struct.pack(">HH", 2, len(path)) + path + struct.pack(">HH", 18, len(path)) + path + b"\xff\xff"
    )
    url = address.encode() + b"\0"
    reference = box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(url)) + url)))
    nested = b""
    for _ in range(5_000):
        nested = box(b"moov", nested)
    trak = m4a()[m4a().index(b"trak") - 4 :]
    track = trak[: struct.unpack_from(">I", trak)[0]]
    head = m4a()[: struct.unpack_from(">I", m4a())[0]]
    mvhd = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 4000) + bytes(80))
    return {
        "MP4: a URL for its sound": leading_to(b"url ", url),
        "MP4: a file for its sound": leading_to(b"url ", b"file://" + path + b"\0"),
        "MP4: a protocol inside a protocol": leading_to(b"url ", b"concat:" + path + b"|" + url),
        "MP4: an alias": leading_to(b"alis", alias),
        "MP4: a resource": leading_to(b"rsrc", alias),
        "MP4: a URN": leading_to(b"urn ", b"urn:x\0" + url),
        "MP4: a reference movie": head + box(b"moov", mvhd + reference),
        "MP4: a file in the metadata": changed(m4a(), (b"moov",), lambda moov: moov + box(b"udta", box(b"name", url))),
        "MP4: cut": m4a()[: len(m4a()) // 2],
        "MP4: cut in its head": head + m4a()[m4a().index(b"moov") - 4 :][:300],
        "MP4: no sound behind the head": head + m4a()[m4a().index(b"moov") - 4 :],
        "MP4: a box without end": head + box(b"moov", bytes(100), size=0xFFFF_FFFF),
        "MP4: a box of 8 exabytes": head + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(100),
        "MP4: boxes in boxes": head + nested,
        "MP4: 2,000 tracks": head + box(b"moov", mvhd + track * 2_000),
        "MP4: 4 billion samples": with_table(b"stsz", struct.pack(">III", 0, 1, 2**32 - 1)),
        "MP4: 4 billion times": with_table(b"stts", struct.pack(">IIII", 0, 1, 2**32 - 1, 1)),
        "MP4: times that stand still": with_table(b"stts", struct.pack(">IIII", 0, 1, 2**31 - 1, 0)),
        "MP4: 4 billion table entries": with_table(b"stts", struct.pack(">II", 0, 2**32 - 1)),
        "MP4: 4 billion samples a chunk": with_table(b"stsc", struct.pack(">IIIII", 0, 1, 1, 2**32 - 1, 1)),
        "MP4: sound beyond the end": with_table(b"stco", struct.pack(">III", 0, 1, 2**31)),
        "MP4: no time scale": changed(m4a(), (b"moov", b"trak", b"mdia", b"mdhd"), lambda _: bytes(24)),
        "MP4: no duration": changed(m4a(), (b"moov", b"mvhd"), lambda body: body[:16] + bytes(4) + body[20:]),
        "MP4: 255 channels": with_table(b"stsd", _sample_description(channels=255, rate=48_000)),
        "MP4: no rate": with_table(b"stsd", _sample_description(channels=1, rate=0)),
        "MP4: encrypted": m4a().replace(b"mp4a", b"enca"),
        "MP4: an unknown coding": m4a().replace(b"mp4a", b"samr"),
        "MP4: a nonsense configuration": changed(m4a(), (*_STBL, b"stsd"), lambda body: body[:-20] + b"\xff" * 20),
    }


def _sample_description(*, channels: int, rate: int) -> bytes:
    entry = bytes(6) + struct.pack(">H8xHHHHI", 1, channels, 16, 0, 0, rate << 16 & 0xFFFF_FFFF)
    return struct.pack(">II", 0, 1) + box(b"mp4a", entry)


def _texts(address: str, file: str) -> dict[str, bytes]:
    hls = (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXTINF:9,\nfile://{file}\n#EXT-X-ENDLIST\n".encode()
    )
    concat = f"ffconcat version 1.0\nfile '{file}'\nfile '{address}'\n".encode()
    return {
        "HLS": hls,
        "HLS behind a tag": waves.id3_tag() + hls,
        "HLS behind a tag and padding": waves.id3_tag() + bytes(64) + hls,
        "HLS behind the beginning of an MP3": mp3()[:4] + hls,
        "HLS behind the beginning of an Ogg": b"OggS" + hls,
        "HLS behind the beginning of a FLAC": b"fLaC" + hls,
        "HLS behind the beginning of an MP4": b"\0\0\0\x10ftypM4A \0\0\0\0" + hls,
        "a concat script": concat,
        "a concat script behind a tag": waves.id3_tag() + concat,
        "DASH": f"<MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>".encode(),
        "SDP": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nu={address}\nm=audio 5004 RTP/AVP 0\n".encode(),
        "a playlist": f"[playlist]\nFile1={address}\n".encode(),
        "a script of FFmpeg's": f";FFMETADATA1\ntitle={address}\n".encode(),
    }


def ogg_page(body: bytes, *, serial: int = 1, flags: int = 0, granule: int = 0, number: int = 0) -> bytes:
    segments = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, serial, number, 0, len(segments)) + segments
    return head[:22] + struct.pack("<I", checksum_of(head + body)) + head[26:] + body


def _opus_head(*, channels: int = 1, skip: int = 312, family: int = 0) -> bytes:
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, skip, 48_000, 0, family)


def _oggs() -> dict[str, bytes]:
    tags = ogg_page(b"OpusTags" + struct.pack("<II", 0, 0), number=1)
    start = ogg_page(_opus_head(), flags=2)
    broken = bytearray(ogg())
    for place in range(len(ogg())):
        if ogg().startswith(b"OggS", place):
            broken[place + 22] ^= 0xFF
    stereo = ogg(channels=2)
    last = ogg().rindex(b"OggS")
    return {
        "Ogg: wrong checksums": bytes(broken),
        "Ogg: one behind the other": ogg() + ogg(),
        "Ogg: another form behind it": ogg() + stereo,
        "Ogg: an endless chain": ogg()[: len(ogg()) // 8] * 200,
        "Ogg: cut": ogg()[: len(ogg()) // 3],
        "Ogg: only its head": start + tags,
        "Ogg: 2,000 streams": b"".join(ogg_page(_opus_head(), serial=n, flags=2) for n in range(2_000)),
        "Ogg: 255 channels": ogg_page(_opus_head(channels=255, family=255) + bytes(257), flags=2) + tags,
        "Ogg: no channel": ogg_page(_opus_head(channels=0), flags=2) + tags,
        "Ogg: tags of 4 GB": start + ogg_page(b"OpusTags" + struct.pack("<I", 2**32 - 1), number=1) + ogg()[-3_000:],
        "Ogg: 4 billion tags": start + ogg_page(b"OpusTags" + struct.pack("<II", 0, 2**32 - 1), number=1),
        "Ogg: more to skip than there is": ogg().replace(_opus_head(), _opus_head(skip=65_535)),
        "Ogg: the end of time": ogg()[: last + 6] + struct.pack("<q", 2**63 - 1) + ogg()[last + 14 :],
        "Ogg: before all time": ogg()[: last + 6] + struct.pack("<q", -(2**62)) + ogg()[last + 14 :],
        "Ogg: pages without anything": start + tags + ogg_page(b"") * 20_000,
        "Ogg: a video": ogg_page(b"\x80theora\3\2\1" + bytes(32), flags=2) + bytes(500),
        "Ogg: a nonsense Vorbis": ogg_page(
            b"\1vorbis" + struct.pack("<IBIIIIBB", 0, 1, 48_000, 0, 0, 0, 0xB8, 1), flags=2
        )
        + ogg_page(b"\3vorbis" + bytes(8) + b"\1", number=1)
        + ogg_page(b"\5vorbis\xffBCV" + b"\xff" * 200, number=2),
    }


def _id3(frames: bytes, *, size: int | None = None) -> bytes:
    claimed = len(frames) if size is None else size
    return b"ID3\4\0\0" + bytes(claimed >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def _mp3s(address: str) -> dict[str, bytes]:
    picture = b"\0-->\0\3\0" + address.encode()
    frame = mp3()[mp3().index(b"\xff\xfb") :][:384]
    xing = frame[:36] + b"Xing" + struct.pack(">III", 3, 2**32 - 1, 2**32 - 1) + frame[48:]
    other = waves.mp3(waves.tone(4, rate=44_100), rate=44_100)
    stereo = mp3(channels=2)
    return {
        "MP3: a tag beyond the end": _id3(b"", size=2**28 - 1) + mp3(),
        "MP3: a tag of 10 MB": _id3(bytes(10_000_000)) + mp3(),
        "MP3: a picture elsewhere": _id3(b"APIC" + struct.pack(">IH", len(picture), 0) + picture) + mp3(),
        "MP3: 5,000 tags": _id3(b"") * 5_000 + mp3(),
        "MP3: 4 billion frames": xing + mp3(),
        "MP3: heads alone": b"\xff\xfb\x90\xc4" * 250_000,
        "MP3: one rate, then another": mp3() + other,
        "MP3: one channel, then two": mp3() + stereo,
        "MP3: cut": mp3()[: len(mp3()) // 2],
        "MP3: noise": b"\xff\xfb\x90\xc4" + waves.noise(1).tobytes(),
        "AAC: heads alone": aac()[:7] * 100_000,
        "AAC: frames without anything": b"\xff\xf1\x4c\x40\x00\xff\xfc" * 100_000,
        "AAC: cut": aac()[: len(aac()) // 2],
        "AAC: noise": aac()[:7] + waves.noise(1).tobytes(),
    }


def _flac_block(kind: int, body: bytes, *, size: int | None = None) -> bytes:
    return bytes([kind]) + (len(body) if size is None else size).to_bytes(3, "big") + body


def _flacs(address: str) -> dict[str, bytes]:
    streaminfo, rest = flac()[8:42], flac()[42:]
    url = address.encode()
    picture = struct.pack(">II3sII", 3, 3, b"-->", 0, 0)[:-4] + struct.pack(">IIIIII", 0, 0, 0, 0, 0, len(url)) + url

    def with_info(info: bytes, more: bytes = b"") -> bytes:
        return b"fLaC" + _flac_block(0, info) + more + rest

    everything = bytearray(streaminfo)
    everything[13] |= 0x0F
    everything[14:18] = b"\xff" * 4
    return {
        "FLAC: metadata of 16 MB": with_info(streaminfo, _flac_block(2, bytes(2**24 - 1))),
        "FLAC: metadata beyond the end": with_info(streaminfo, _flac_block(4, b"", size=2**24 - 1)),
        "FLAC: 500,000 blocks": with_info(streaminfo, _flac_block(1, b"") * 500_000),
        "FLAC: 500,000 seek points": with_info(streaminfo, _flac_block(3, b"\xff" * 18 * 500_000)),
        "FLAC: a picture elsewhere": with_info(streaminfo, _flac_block(6, picture)),
        "FLAC: no rate": with_info(streaminfo[:10] + bytes(3) + streaminfo[13:]),
        "FLAC: years of sound": with_info(bytes(everything)),
        "FLAC: nothing known": with_info(bytes(34)),
        "FLAC: cut": flac()[: len(flac()) // 2],
        "FLAC: only its head": b"fLaC" + _flac_block(0x80, streaminfo),
    }


def _ebml(name: int, body: bytes, *, size: int | None = None) -> bytes:
    encoded = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return encoded + (0x0100_0000_0000_0000 | (len(body) if size is None else size)).to_bytes(8, "big") + body


_UNKNOWN = 2**56 - 1


def _opus_track(number: int = 1, more: bytes = b"") -> bytes:
    sound = _ebml(0xB5, struct.pack(">d", 48_000)) + _ebml(0x9F, b"\1")
    fields = _ebml(0xD7, bytes([number & 0x7F])) + _ebml(0x73C5, number.to_bytes(4, "big")) + _ebml(0x83, b"\2")
    return _ebml(0xAE, fields + _ebml(0x86, b"A_OPUS") + _ebml(0x63A2, _opus_head()) + _ebml(0xE1, sound) + more)


def _webms() -> dict[str, bytes]:
    head = _ebml(0x1A45DFA3, _ebml(0x4282, b"webm"))
    info = _ebml(0x1549A966, _ebml(0x2AD7B1, b"\x0f\x42\x40"))
    tracks = _ebml(0x1654AE6B, _opus_track())

    def segment(*parts: bytes, size: int | None = None) -> bytes:
        return head + _ebml(0x18538067, b"".join(parts), size=size)

    def cluster(*blocks: bytes, size: int | None = None) -> bytes:
        return _ebml(0x1F43B675, _ebml(0xE7, b"\0") + b"".join(blocks), size=size)

    bomb = _ebml(
        0x6D80, _ebml(0x6240, _ebml(0x5031, b"\0") + _ebml(0x5033, b"\0") + _ebml(0x5034, _ebml(0x4254, b"\0")))
    )
    block = _ebml(0xA3, b"\x81\0\0\x80" + zlib.compress(bytes(100_000_000), 9))
    packet = _ebml(0xA3, b"\x81\0\0\x80\xfc\xff\xfe")
    nested = b""
    for _ in range(2_000):
        nested = _ebml(0xA0, nested)
    simple_tags = b""
    for _ in range(2_000):
        simple_tags = _ebml(0x67C8, simple_tags)
    place = webm().index(bytes.fromhex("18538067")) + 4
    return {
        "WebM: unknown sizes": webm()[:place] + b"\x01" + b"\xff" * 7 + webm()[place + 8 :],
        "WebM: unknown sizes in unknown sizes": segment(info, tracks, cluster(packet, size=_UNKNOWN), size=_UNKNOWN),
        "WebM: clusters in clusters": segment(info, tracks, cluster(size=_UNKNOWN) * 20_000, size=_UNKNOWN),
        "WebM: 2,000 tracks": segment(info, _ebml(0x1654AE6B, b"".join(map(_opus_track, range(2_000))))),
        "WebM: packets that unpack to 100 MB": segment(
            info, _ebml(0x1654AE6B, _opus_track(more=bomb)), cluster(block * 40)
        ),
        "WebM: a million packets": segment(info, tracks, cluster(packet * 1_000_000)),
        "WebM: blocks in blocks": segment(info, tracks, cluster(nested)),
        "WebM: tags in tags": segment(info, tracks, _ebml(0x1254C367, _ebml(0x7373, simple_tags))),
        "WebM: an element of 64 petabytes": segment(
            info, tracks, cluster(_ebml(0xA3, b"\x81\0\0\x80", size=2**56 - 2))
        ),
        "WebM: an endless number": head + b"\0" * 10_000,
        "WebM: another file to go on with": segment(
            _ebml(0x1549A966, _ebml(0x3E83BB, b"file:///etc/passwd") + _ebml(0x3EB923, b"\1" * 16)), tracks
        ),
        "WebM: a file attached": segment(
            info, tracks, _ebml(0x1941A469, _ebml(0x61A7, _ebml(0x465C, bytes(5_000_000))))
        ),
        "WebM: cut": webm()[: len(webm()) // 2],
        "WebM: a lace of 256": segment(info, tracks, cluster(_ebml(0xA3, b"\x81\0\0\x86\xff" + b"\xff" * 300))),
        "WebM: its place in a list of places": segment(
            _ebml(0x114D9B74, _ebml(0x4DBB, _ebml(0x53AB, b"\x11\x4d\x9b\x74") + _ebml(0x53AC, b"\0"))), info, tracks
        ),
    }
