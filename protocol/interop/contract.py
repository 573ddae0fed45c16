"""The contract: the CDDL, and the CBOR subset that CDDL cannot express."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import cbor2
from pycddl import Schema, ValidationError

PROTOCOL = Path(__file__).resolve().parent.parent
DEPTH_MAX = 16
ITEMS_MAX = 4096


class ContractError(Exception):
    """Bytes or values that the contract does not allow."""


@cache
def _schema(rule: str) -> Schema:
    # The library validates against the first rule of a text.
    return Schema(f"start = {rule}\n" + (PROTOCOL / "auboutique.cddl").read_text("utf-8"))


def names(rule: str) -> set[str]:
    """The names that a choice such as `request` or `event` has in the CDDL."""
    text = (PROTOCOL / "auboutique.cddl").read_text("utf-8")
    choice = re.search(rf"^{rule} = \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    if choice is None:
        raise ContractError(f"the CDDL has no choice {rule}")
    # A name stands at the beginning of a line; what else is quoted stands within a map.
    return set(re.findall(r'^  "([a-z_]+)":', choice[1], re.MULTILINE))


def encode(value: object) -> bytes:
    """Encodes in the deterministic form of the protocol."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes) -> object:
    """Decodes one item of the CBOR subset and refuses everything else."""
    try:
        value = cbor2.loads(data)
        again = encode(value)
    except Exception as error:
        raise ContractError(f"not CBOR: {error}") from error
    # Long forms, unsorted or repeated keys and bytes behind the item do not survive this.
    if again != data:
        raise ContractError("not in deterministic encoding")
    if _count(value, 0) > ITEMS_MAX:
        raise ContractError("too many items")
    return value


def _count(value: object, depth: int) -> int:
    """Counts items and refuses kinds of values that the subset does not have."""
    if isinstance(value, (bool, bytes, str)):
        return 1
    if isinstance(value, int):
        if not -(2**64) <= value < 2**64:
            raise ContractError("an integer above 64 bits")
        return 1
    if not isinstance(value, (list, dict)):
        raise ContractError(f"a value of type {type(value).__name__}")
    if depth == DEPTH_MAX:
        raise ContractError("nested too deeply")
    if isinstance(value, list):
        return 1 + sum(_count(member, depth + 1) for member in value)
    for key in value:
        if not isinstance(key, str):
            raise ContractError("a key that is not text")
    return 1 + sum(1 + _count(member, depth + 1) for member in value.values())


def validate(rule: str, value: object) -> None:
    """Validates a value against a rule of the CDDL."""
    try:
        _schema(rule).validate_cbor(encode(value))
    except ValidationError as error:
        raise ContractError(f"{rule}: {error}") from error


def validate_client_frame(data: bytes, prefix: str = "") -> dict:
    """Decodes and validates a frame that a client sends; `prefix` is `admin_` for administrators."""
    frame = decode(data)
    validate(f"{_dashed(prefix)}client-frame", frame)
    for name, body in frame.get("call", {}).items():
        validate(f"{prefix}call.{name}", body)
    return frame


def validate_server_frame(data: bytes, request: str | None = None, prefix: str = "") -> dict:
    """Decodes and validates a frame that a server sends; `request` names what an `ok` answers."""
    frame = decode(data)
    validate(f"{_dashed(prefix)}server-frame", frame)
    if "ok" in frame and request is not None:
        validate(f"{prefix}ok.{request}", frame["ok"])
    return frame


def _dashed(prefix: str) -> str:
    return prefix.replace("_", "-")
