"""The rules of the protocol that a market does not meet by itself."""

from __future__ import annotations

import ssl
import time
from typing import Any

from checks import Checks
from connection import Connection, Server
from contract import encode
from variants import NOT_OUR_CBOR

HELLO = {"hello": {"agent": "interop/1", "version_min": 1, "version_max": 1}}


def transport(server: Server, checks: Checks) -> None:
    """The handshake refuses what section 2 says."""
    for alpn in (None, "h2", "auboutique-admin/1"):
        try:
            stream = server.tls(alpn)
            # A refusal may come only when the client reads: TLS 1.3 clients finish first.
            stream.recv(1)
            stream.close()
        except (ssl.SSLError, ConnectionError):
            checks.that(True, f"refused with the ALPN protocol {alpn}")
        else:
            checks.that(False, f"refused with the ALPN protocol {alpn}")


def frames(server: Server, checks: Checks) -> None:
    """Connection-level errors."""
    future = {"hello": {"agent": "interop/1", "version_min": 2, "version_max": 9}}
    stranger = {"hello": {"agent": "interop/1", "version_min": 1, "version_max": 1, "token": 1}}
    ping = {"id": 1, "call": {"ping": {}}}
    for what, first in [
        ("unsupported_version", encode(future)),
        ("bad_request", encode(stranger)),
        ("bad_request", encode(ping)),
        ("bad_request", b"GET / HTTP/1.1\r\n\r\n"),
    ]:
        connection = Connection(server.tls(), checks)
        connection.send_bytes(first)
        connection.ends_with(what)
    for length in (0, 4097, 2**32 - 1):
        connection = server.connect()
        connection.stream.sendall(length.to_bytes(4, "big"))
        connection.ends_with("frame_too_large")
    second_hello = {"a second hello": encode(HELLO)}
    no_id = {"no id": encode({"call": {"ping": {}}}), "a negative id": encode({"id": -1})}
    not_a_map = {"no map": encode([1])}
    broken = NOT_OUR_CBOR | second_hello | no_id | not_a_map
    for body in broken.values():
        if body and len(body) <= 4096:
            connection = server.connect()
            connection.send_bytes(body)
            connection.ends_with("bad_request")


def deadlines(server: Server, checks: Checks) -> None:
    """The two shortest deadlines of section 6; both run at the same time."""
    begun = time.monotonic()
    silent = Connection(server.tls(), checks)
    halting = server.connect()
    halting.stream.sendall(b"\x00\x00\x00\x10\xa2")
    for connection, seconds in ((silent, 5), (halting, 10)):
        connection.ends_with("timeout")
        waited = time.monotonic() - begun
        checks.that(seconds - 0.5 < waited < seconds + 5, f"{seconds} seconds to wait", waited)


def anonymous(connection: Connection) -> None:
    """What is refused before login, and that the connection goes on after it."""
    bad: list[dict[str, Any]] = [
        {"id": 1, "call": {"steal": {}}},
        {"id": 2, "call": {"ping": {"time": 1}}},
        {"id": 3, "call": {"ping": []}},
        {"id": 4, "call": {"ping": {}, "logout": {}}},
        {"id": 5, "call": {"login": {"username": "mona"}}},
        {"id": 6},
        {"id": 7, "call": {"ping": {}}, "trace": 1},
        {"id": 2**64 - 1, "call": {}},
    ]
    for frame in bad:
        connection.send_bytes(encode(frame))
        answer = connection.receive()
        connection.checks.equal(answer.get("id"), frame["id"], "the id of a malformed request")
        code = answer.get("error", {}).get("code")
        connection.checks.equal(code, {"bad_request": {}}, f"the refusal of {frame}")
    for name, body in [
        ("whoami", {}), ("logout", {}), ("list_products", {}), ("show_product", {"id": 1}),
        ("picture", {"id": 1, "size": "full"}), ("my_purchases", {}), ("my_sales", {}),
        ("edit_product", {"id": 1, "name": "Mine"}), ("withdraw_product", {"id": 1}),
        ("change_password", {"new": "a long enough password", "old": "another password"}),
        ("my_quota", {}), ("export_account", {}), ("delete_account", {"password": "password"}),
    ]:
        connection.refused({"unauthenticated": {}}, name, **body)


def members(connection: Connection, checks: Checks) -> None:
    """Order of answers, and the errors of a logged-in connection."""
    ids = [connection.start("ping", {}) for _ in range(16)]
    answers = [connection.receive().get("id") for _ in ids]
    checks.equal(answers, ids, "answers come in the order of the requests")
    person = {"username": "someone", "password": "a long enough password"}
    connection.refused({"forbidden": {}}, "login", **person)
    connection.refused({"forbidden": {}}, "resume", token=bytes(32))
    for field, reason, body in [
        ("limit", "out_of_range", {"limit": 0}),
        ("limit", "out_of_range", {"limit": 101}),
        ("cursor", "malformed", {"cursor": b"\xff"}),
        ("text", "empty", {"text": " "}),
        ("text", "too_long", {"text": "t" * 201}),
        ("text", "forbidden_character", {"text": "red\x1b[31m"}),
        ("sort", "unsupported", {"text": "red", "sort": "price"}),
        ("category", "unknown_value", {"category": "weapons"}),
        ("price_min", "unknown_value", {"price_min": {"minor": 1, "currency": "EUR"}}),
    ]:
        _invalid(connection, field, reason, "list_products", body)
    _invalid(connection, "limit", "out_of_range", "my_sales", {"limit": 0})
    _invalid(connection, "cursor", "malformed", "my_purchases", {"cursor": b"\xff" * 3})


def sell(connection: Connection, product: dict[str, Any]) -> None:
    """What a product may not be."""
    for field, reason, value in [
        ("name", "empty", "  "),
        ("name", "too_long", "n" * 121),
        ("name", "forbidden_character", "\x1b[31mred"),
        ("name", "too_many_marks", "q" + "\u0301" * 5),
        ("description", "too_long", "d" * 4001),
        ("category", "unknown_value", "weapons"),
        ("price", "out_of_range", {"minor": 0, "currency": "USD"}),
        ("price", "out_of_range", {"minor": 10**9 + 1, "currency": "USD"}),
        ("price", "unknown_value", {"minor": 100, "currency": "EUR"}),
        ("picture", "empty", b""),
        ("picture", "unsupported", b"GIF89a" + bytes(20)),
        ("picture", "damaged", product["picture"][:60]),
    ]:
        _invalid(connection, field, reason, "sell", {**product, field: value})


def edit(connection: Connection, product: int) -> None:
    """What a product may not become."""
    for field, reason, body in [
        ("edit_product", "empty", {}),
        ("name", "empty", {"name": ""}),
        ("description", "too_long", {"description": "d" * 4001}),
        ("category", "unknown_value", {"category": "weapons"}),
        ("price", "out_of_range", {"price": {"minor": 0, "currency": "USD"}}),
    ]:
        _invalid(connection, field, reason, "edit_product", {"id": product, **body})


def change_password(connection: Connection, old: str) -> None:
    """What a new password may not be."""
    for reason, new in [
        ("too_short", "too short"),
        ("too_long", "long" * 33),
        ("too_weak", "passwordpassword"),
        ("forbidden_character", "a password with a \x07 bell in it"),
    ]:
        _invalid(connection, "new", reason, "change_password", {"new": new, "old": old})


def _invalid(
    connection: Connection, field: str, reason: str, name: str, body: dict[str, Any]
) -> None:
    """Sends a request past our own validation: it breaks a limit on purpose."""
    connection.last_id += 1
    connection.send_bytes(encode({"id": connection.last_id, "call": {name: body}}))
    answer = connection.receive()
    code = answer.get("error", {}).get("code", answer)
    expected = {"invalid_field": {"field": field, "reason": reason}}
    connection.checks.equal(code, expected, f"{name} with a wrong {field}")
