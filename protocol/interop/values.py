"""Values that every part of the market uses."""

from __future__ import annotations

import os
import time
from typing import Any

PASSWORD = "ten green bottles hanging on a wall %s"


def key() -> bytes:
    """A UUIDv7 (RFC 9562, section 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return value.to_bytes(16, "big")


def usd(minor: int) -> dict[str, Any]:
    """An amount in cents."""
    return {"minor": minor, "currency": "USD"}
