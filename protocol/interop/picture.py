"""A small PNG, made by hand (PNG specification, second edition)."""

from __future__ import annotations

import os
import struct
import zlib


def png(width: int, height: int) -> bytes:
    """A colour gradient of this size."""
    rows = b"".join(
        b"\0" + bytes(channel for x in range(width) for channel in (x * 7 % 256, y * 9 % 256, 128))
        for y in range(height)
    )
    return _file(width, height, rows)


def noise(width: int, height: int) -> bytes:
    """Chance in every pixel, which no format makes much smaller."""
    return _file(width, height, b"".join(b"\0" + os.urandom(3 * width) for _ in range(height)))


def _file(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height that a JPEG declares in its frame header (ITU-T T.81, B.2.2)."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if 0xC0 <= marker <= 0xC2:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    raise ValueError("no frame header")
