"""Pictures that are small as files and huge in a browser."""

import struct
import time
import zlib

import pytest

from app.web.rendering.picture_cost import MAX_ELEMENTS, is_harmless

HUGE, FINE = (60_000, 60_000), (4_000, 3_000)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


def gif(width: int, height: int) -> bytes:
    extension = b"\x21\xf9\x04\x00\x00\x00\x00\x00"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0" * 6 + extension + frame


def jpeg(width: int, height: int) -> bytes:
    table = b"\xff\xc4\x00\x04ab"
    frame = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 9
    return b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 10 + b"\xff" + table + frame + b"\xff\xd9"


def webp(kind: bytes, data: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(data)) + data + b"\0" * 20
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\0" * 3 + b"\x9d\x01\x2a" + struct.pack("<HH", width, height))


@pytest.mark.parametrize("make", [png, gif, jpeg, extended])
def test_a_picture_of_gigabytes_is_not_shown(make):
    assert is_harmless(make(*FINE), is_drawing=False)
    assert not is_harmless(make(*HUGE), is_drawing=False)
    assert not is_harmless(make(65_535, 500), is_drawing=False)


@pytest.mark.parametrize("make", [lossless, lossy])
def test_a_large_webp_is_not_shown(make):
    assert is_harmless(make(*FINE), is_drawing=False)
    assert not is_harmless(make(16_383, 16_383), is_drawing=False)


@pytest.mark.parametrize(
    "data", [b"\0\0\0\x20ftypavif" + b"\0" * 100, b"BM" + b"\0" * 100, b"\xff\xd8" + b"\0" * 100, b"x" * 100]
)
def test_what_has_no_size_that_we_read_is_not_shown(data):
    assert not is_harmless(data, is_drawing=False)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">%s</svg>'
LAUGHS = "<g id='a0'><path d='M0 0'/></g>" + "".join(
    f"<g id='a{n}'>" + f"<use x:href='#a{n - 1}'/>" * 10 + "</g>" for n in range(1, 10)
)
PATTERNS = "<rect id='a0'/>" + "".join(
    f"<pattern id='a{n}'>" + f"<rect style='fill: url(#a{n - 1})'/>" * 10 + "</pattern>" for n in range(1, 10)
)
PLOT = "<defs><path id='glyph' d='M0 0'/></defs>" + "<g><use x:href='#glyph'/></g>" * 5000


@pytest.mark.parametrize(
    ("drawing", "harmless"),
    [
        (SVG % PLOT, True),
        (SVG % LAUGHS, False),
        (SVG % PATTERNS, False),
        (SVG % "<g id='a'><use x:href='#b'/></g><g id='b'><use x:href='#a'/></g>", False),
        (SVG % ("<g>" * 50_000 + "</g>" * 50_000), True),
        (SVG % ("<g/>" * (MAX_ELEMENTS + 1)), False),
        ("<!DOCTYPE svg [<!ENTITY a 'aaaa'>]>" + SVG % "&a;", False),
        (SVG % "<g>", False),
        ((SVG % PLOT).encode("utf-16").decode("latin-1"), False),
        ("x" + SVG % LAUGHS, True),
    ],
    ids=[
        "plot",
        "uses",
        "patterns",
        "circle",
        "deep",
        "many",
        "entities",
        "broken",
        "UTF-16",
        "no XML at its start",
    ],
)
def test_a_drawing_is_measured_by_what_it_draws(drawing, harmless):
    began = time.process_time()
    data = drawing.encode("latin-1")
    assert is_harmless(data, is_drawing=True) is harmless
    assert time.process_time() - began < 2
