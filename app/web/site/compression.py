"""Compression of the pages' answers, where the browser takes it."""

import functools
import gzip
import random
import struct
import zlib

from flask import Request, Response

WORTH_IT = 1_000  # bytes; smaller answers fit into one packet uncompressed
PACKED = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml", "text/csv", "text/plain"})
QUICKLY, WELL = 4, 9


def pack(request: Request, response: Response) -> Response:
    """Returns the response, compressed if it is a text worth it and the browser says that it takes gzip."""
    if (
        response.mimetype not in PACKED
        or response.status_code != 200
        or "Content-Encoding" in response.headers
        or (response.is_streamed and not response.direct_passthrough)  # it is generated while it is sent
    ):
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or request.method == "HEAD":
        return response
    is_static = request.endpoint == "static"
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < WORTH_IT:
        return response
    response.set_data(_packed_once(content) if is_static else _padded(content))
    response.headers["Content-Encoding"] = "gzip"
    tag, _is_weak = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    return response


# Static files change only with the code, and there are few of them.
@functools.lru_cache(maxsize=32)
def _packed_once(content: bytes) -> bytes:
    return gzip.compress(content, WELL, mtime=0)


def _padded(content: bytes) -> bytes:
    """Returns the content as a gzip file whose length says little of it.

    A page holds a token that its forms need, and words from its own address. An attacker who can make a browser open
    such addresses, and see the lengths of the answers, could guess the token letter by letter. So a few random bytes,
    as the name of the file within, blur the length.
    """
    name = bytes(random.choices(range(97, 123), k=random.randint(1, 64)))  # noqa: S311 - noise, no secret
    packer = zlib.compressobj(QUICKLY, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(content) + packer.flush()
    head = b"\x1f\x8b\x08\x08" + bytes(4) + b"\x00\xff" + name + b"\x00"
    return head + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
