"""Validates the vectors against the CDDL, and the CDDL against frames that it must refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable

import variants
from checks import Checks
from contract import PROTOCOL, ContractError, decode, encode
from contract import validate_client_frame, validate_server_frame


def run(checks: Checks) -> None:
    """Checks every vector and every variant of one."""
    files = sorted((PROTOCOL / "vectors").glob("*.cbor"))
    vectors = {file.stem: file.read_bytes() for file in files}
    checks.that(len(vectors) > 0, "there are vectors")
    for name, data in vectors.items():
        checks.equal(_verdict(name, data), "", f"the vector {name} is valid")
    for name, data in variants.NOT_OUR_CBOR.items():
        checks.that(_refuses(lambda data=data: decode(data)), f"refused as CBOR: {name}")
    for name, what, change in variants.BROKEN:
        data = _changed(vectors[name], change)
        checks.that(_verdict(name, data) != "", f"refused in {name}: {what}")
    for name, what, change in variants.GROWN:
        data = _changed(vectors[name], change)
        checks.equal(_verdict(name, data), "", f"accepted in {name}: {what}")


def _verdict(name: str, data: bytes) -> str:
    """What is wrong with a frame; empty when nothing is."""
    kind, subject, *_ = name.split(".")
    prefix = "admin_" if kind.startswith("admin_") else ""
    kind = kind.removeprefix(prefix)
    try:
        if kind == "call" or (kind, subject) == ("hello", "client"):
            validate_client_frame(data, prefix)
        else:
            validate_server_frame(data, subject if kind == "ok" else None, prefix)
    except ContractError as error:
        return str(error)
    return ""


def _refuses(act: Callable[[], object]) -> bool:
    try:
        act()
    except ContractError:
        return True
    return False


def _changed(data: bytes, change: Callable[[dict], None]) -> bytes:
    frame = copy.deepcopy(decode(data))
    change(frame)
    changed = encode(frame)
    assert changed != data, "a variant changes nothing"
    return changed
