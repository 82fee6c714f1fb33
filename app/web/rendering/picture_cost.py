"""What a picture costs the browser that shows it, read from its bytes without unpacking any of them.

A file of two megabytes may unpack to gigabytes of points, and a drawing of a few lines to millions of elements.
"""

import re
import struct
from collections.abc import Iterator
from xml.etree import ElementTree

MAX_POINTS = 25_000_000  # 100 MB in the browser's memory
MAX_ELEMENTS = 100_000  # of a drawing, each counted as often as it is drawn
SMALLEST = 30  # bytes: in fewer there is no size, and nothing to show

_TWO_BYTES = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")  # UTF-16, which hides what is looked for below
_REFERENCE = re.compile(r"#([^\s()\"'#]+)")
# Start of frame: the markers of a JPEG that hold its size. The others between C0 and CF are tables.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def is_harmless(data: bytes, *, is_drawing: bool) -> bool:
    """Returns whether a browser may be given the picture: browsers go by the bytes, whatever the file is called."""
    if is_drawing:
        if data.startswith(_TWO_BYTES):
            return False
        # A browser reads it as XML, which anything but an angle bracket at its beginning ends.
        return not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or _is_small_drawing(data)
    if len(data) < SMALLEST:
        return True
    size = _size(data)
    return size is not None and size[0] * size[1] <= MAX_POINTS


def _size(data: bytes) -> tuple[int, int] | None:
    """Returns width and height of a PNG, GIF, JPEG or WebP; None for what cannot be read, or is something else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" else None
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif_size(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp_size(data)
    return None


def _gif_size(data: bytes) -> tuple[int, int] | None:
    """Returns the size of the whole; a first frame that is larger would be shown in its own size."""
    width, height, flags = struct.unpack("<HHB", data[6:11])
    colours = 2 << (flags & 7) if flags & 0x80 else 0  # of the palette, three bytes each
    at = 13 + 3 * colours
    while at < len(data) and data[at] == 0x21:  # extensions before the first frame
        at += 2
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    if at + 9 > len(data) or data[at] != 0x2C:
        return None
    left, top, frame_width, frame_height = struct.unpack("<HHHH", data[at + 1 : at + 9])
    return max(width, left + frame_width), max(height, top + frame_height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return (width, height) if height else None  # the height may come later
        elif marker in _JPEG_WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _is_small_drawing(data: bytes) -> bool:
    """Returns whether an SVG can be read, has no entities, and draws few elements, however they refer to each other."""
    if b"<!ENTITY" in data.upper():
        return False
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without entities, nothing grows
    except (ElementTree.ParseError, ValueError, LookupError):
        return False
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    drawn: dict[ElementTree.Element, int] = {}
    total = 0
    for element in _deepest_first(root, named, drawn):
        if element is None:
            return False  # a circle
        total = 1 + sum(drawn.get(part, 0) for part in _parts(element, named))
        if total > MAX_ELEMENTS:
            return False
        drawn[element] = total
    return True


def _parts(
    element: ElementTree.Element, named: dict[str | None, ElementTree.Element]
) -> Iterator[ElementTree.Element]:
    """Yields the children of an element and what its attributes and styles refer to."""
    yield from element
    texts = [*element.attrib.values(), element.text or ""]
    for text in texts:
        for name in _REFERENCE.findall(text):
            if name in named:
                yield named[name]


def _deepest_first(
    root: ElementTree.Element,
    named: dict[str | None, ElementTree.Element],
    drawn: dict[ElementTree.Element, int],
) -> Iterator[ElementTree.Element | None]:
    """Yields each element after all that it draws; None where an element draws itself."""
    open_elements = {root}
    stack = [(root, _parts(root, named))]
    while stack:
        element, parts = stack[-1]
        part = next(parts, None)
        if part is None:
            stack.pop()
            open_elements.discard(element)
            yield element
        elif part in open_elements:
            yield None
        elif part not in drawn:
            open_elements.add(part)
            stack.append((part, _parts(part, named)))
