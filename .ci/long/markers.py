"""Secrets: what only members may know must not be found where operators look.

Every password, token, key and text of an ordinary use holds random characters, which are then searched for
as they are, in hexadecimal, in base64 and as a list of numbers.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from storage import Connection, Server, ServerProcess, Stage, key, run, usd

from connection import TIMEOUT_SECONDS
from contract import decode
from peers import HELLO, OPEN_ADMISSION, OPEN_THROTTLE, framed, sources
from picture import png
from reloads import CERTS_BINARY

# A draft is a text that is not kept, such as one that is searched for.
KINDS = ("password", "token", "key", "private key", "text", "draft")
LOG_FORMATS = ("text", "json")
EVERYTHING = ["env", "RUST_LOG=trace"]
# How many numbers of a token in a row are as good as the token.
NUMBERS = 6


@dataclass
class Markers:
    """What was made up, by kind."""

    made: dict[str, list[bytes]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    # Who was wrong has to wait, but only where it was.
    sources: Iterator[str] = field(default_factory=sources)

    def password(self) -> str:
        """A password that the rules allow."""
        return f"quiet {self._core('password')} walnuts over bridges"

    def text(self, what: str, kind: str = "text") -> str:
        """A text that a member writes."""
        return f"{what} {self._core(kind)}"

    def typed(self) -> str:
        """What somebody types for a password, or types a password for."""
        return self._core("password")

    def key(self) -> bytes:
        """A key of a request."""
        return self.note("key", key())

    def note(self, kind: str, value: bytes) -> bytes:
        """Something that was not made up here."""
        self.made[kind].append(value)
        return value

    def _core(self, kind: str) -> str:
        return self.note(kind, os.urandom(12).hex().encode("ascii")).decode("ascii")

    def found(self, kind: str, data: bytes) -> int:
        """How many of this kind are in the data, in any form."""
        return sum(any(form in data for form in forms(value)) for value in self.made[kind])


def forms(value: bytes) -> list[bytes]:
    """How a value can look in a file."""
    digits = value.hex().encode("ascii")
    found = [value, digits, digits.upper()]
    # A value within something larger begins at any of three places of base64.
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        within = encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        found += [within, within.translate(bytes.maketrans(b"+/", b"-_"))]
    return [*found, ", ".join(str(byte) for byte in value[:NUMBERS]).encode("ascii")]


def markers(stage: Stage, times: int) -> bool:
    """An ordinary use with everything logged, as text and as JSON, so many times; then the search.

    Passwords and tokens must be nowhere: not in logs, databases, their write-ahead logs, backups, nor in the
    command line and the environment of the server. Keys of requests, private keys of TLS and what members
    write must not be in logs. To show that the search finds, the texts must be in the databases and in the
    backup, and the keys of requests in the databases.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    made, data = Markers(), stage.directory / "data"
    logs, process_texts, stored = b"", b"", b""
    for number, log_format in enumerate(LOG_FORMATS * times):
        options = ["--log-format", log_format]
        with stage.start(data, EVERYTHING, options) as process:
            _use(process, made, number)
            backup = stage.directory / f"backup{number}"
            logs += _backup(stage, data, backup)
            pid = process.ready["pid"]
            for name in ("cmdline", "environ"):
                process_texts += Path(f"/proc/{pid}/{name}").read_bytes()
            # Once with what is in the write-ahead logs alone, once as a stop leaves it.
            stored += _content(data)
            process.ask_to_stop()
            process.stopped()
        stage.no_panic()
        log = process.log.read_bytes()
        stage.checks.that(b"TRACE" in log, "everything is logged")
        stage.checks.that(f"seller{number}".encode("ascii") in log, "the log names who registered")
        logs += log
    stored += _content(data)
    backups = b"".join(_content(stage.directory / f"backup{n}") for n in range(len(LOG_FORMATS) * times))
    _private_keys(data, made)
    return _judge(stage, made, {"logs": logs, "process": process_texts, "data": stored, "backups": backups})


def _judge(stage: Stage, made: Markers, places: dict[str, bytes]) -> bool:
    """Searches, prints what was found, and says whether it may be there."""
    found = {
        (kind, place): made.found(kind, content)
        for kind in made.made for place, content in places.items()
    }
    leaks: Counter[str] = Counter()
    for (kind, place), count in found.items():
        if kind in ("password", "token") or place in ("logs", "process"):
            leaks[kind] += count
            stage.checks.equal(count, 0, f"markers of kind {kind} in {place}")
    for password in made.made["password"]:
        line = b"{\"frame\": \"" + base64.b64encode(b"\xa1login" + password + b"\n") + b"\"}"
        stage.checks.that(made.found("password", line) > 0, "control: what is hidden in base64")
    texts = len(made.made["text"])
    for place in ("data", "backups"):
        stage.checks.equal(found["text", place], texts, f"control: texts in {place}")
    stage.checks.equal(found["key", "data"], len(made.made["key"]), "control: keys of requests")
    kinds = ", ".join(f"{leaks[kind]} of {len(values)} {kind}s" for kind, values in made.made.items())
    sizes = ", ".join(f"{place} {len(content) / 1024:.0f} KiB" for place, content in places.items())
    print(
        f"markers where they must not be: {kinds}; searched: {sizes}; control: {found['text', 'data']} of "
        f"{texts} texts in the databases, {found['text', 'backups']} in the backups, {found['key', 'data']} "
        f"keys in the databases"
    )
    return not leaks.total()


def _use(process: ServerProcess, made: Markers, number: int) -> None:
    """What members and an administrator do, with all that goes wrong at times."""
    server = process.server()
    names = [f"{role}{number}" for role in ("seller", "buyer")]
    passwords = {name: made.password() for name in names}
    with server.connect() as seller, server.connect() as buyer:
        for name, connection in zip(names, (seller, buyer), strict=True):
            _wrong(replace(server, source=next(made.sources)), made, name)
            person = {"name": "Mona Khoury", "email": f"{name}@mail.aub.edu.lb"}
            connection.ok("register", username=name, password=passwords[name], **person)
            passwords[name] = _join(server, connection, made, name, passwords[name])
        _trade(seller, buyer, made, names)
        _administrate(process, server, made, names[1])


def _wrong(server: Server, made: Markers, name: str) -> None:
    """Passwords and tokens that are wrong, or stand where they do not belong."""
    person = {"name": "Mona Khoury", "email": f"{name}@mail.aub.edu.lb", "username": name}
    with server.connect() as connection:
        connection.call("login", username=name, password=made.password())
        # Typed into the wrong field.
        connection.call("login", username=made.typed(), password=made.password())
        connection.call("resume", token=made.note("token", os.urandom(32)))
        for call in (
            {"register": {**person, "password": made.typed()[:14]}},
            {"register": {**person, "password": made.password(), "pin": 1}},
            {"login": {"username": name, "password": made.password(), "pin": 1}},
            {"login": {"username": [name], "password": made.password()}},
            {made.typed(): {}},
        ):
            connection.last_id += 1
            connection.stream.sendall(framed({"id": connection.last_id, "call": call}))
            answer = connection.receive()
            server.checks.that("error" in answer, "a wrong request is refused", answer)
    # One that is broken off, and one in the place of the hello.
    for hello in (HELLO, b""):
        with Connection(server.tls(), server.checks) as connection:
            login = {"login": {"username": name, "password": made.password()}}
            request = framed({"id": 1, "call": login})
            connection.stream.sendall(hello + (request[:-8] if hello else request))
            connection.receive()


def _join(server: Server, connection: Connection, made: Markers, name: str, password: str) -> str:
    """Logs in here and there, resumes, changes the password; returns the new one."""
    made.note("token", connection.ok("login", username=name, password=password)["token"])
    with server.connect() as other:
        token = made.note("token", other.ok("login", username=name, password=password)["token"])
    with server.connect() as other:
        other.ok("resume", token=token)
        other.call("resume", token=token)
        other.ok("logout")
    with replace(server, source=next(made.sources)).connect() as other:
        made.note("token", other.ok("login", username=name, password=password)["token"])
        other.call("change_password", old=made.password(), new=made.password())
    new = made.password()
    connection.ok("change_password", old=password, new=new)
    return new


def _trade(seller: Connection, buyer: Connection, made: Markers, names: list[str]) -> None:
    """Sells with a picture, edits, buys twice, writes, and is refused."""
    product = {
        "key": made.key(), "name": made.text("Oud"), "price": usd(500), "category": "other",
        "description": made.text("Hardly used", "draft"), "picture": png(64, 64),
    }
    listed = seller.ok("sell", **product)["product"]
    seller.call("sell", **{**product, "name": made.text("Another", "draft")})
    seller.ok("edit_product", id=listed, description=made.text("Not used"))
    buyer.ok("watch", topics=["products"])
    buyer.ok("list_products", text=made.text("oud", "draft"))
    purchase = {"key": made.key(), "price": usd(500), "product": listed}
    for _ in range(2):
        buyer.ok("buy", **purchase)
    buyer.call("buy", **{**purchase, "price": usd(400)})
    message = {"to": names[0], "key": made.key(), "text": made.text("Is it there?"), "if_offline": "keep"}
    for _ in range(2):
        buyer.ok("send_message", **message)
    buyer.call("send_message", **{**message, "text": made.text("Another", "draft")})
    seller.ok("history", **{"with": names[1]})
    seller.ok("export_account")


def _administrate(process: ServerProcess, server: Server, made: Markers, name: str) -> None:
    """An administrator looks, gives a one-time password, and its owner chooses another."""
    run(CERTS_BINARY, "admin", "ops", "--data-dir", process.data)
    folder = process.data / "admins" / "ops"
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.set_alpn_protocols(["auboutique-admin/1"])
    host, port = process.ready["addresses"]["admin"].rsplit(":", 1)
    plain = socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)
    with context.wrap_socket(plain, server_hostname="localhost") as stream:
        stream.sendall(HELLO)
        answers = stream.makefile("rb")
        _answer(answers)
        for number, request in enumerate(("users", "sessions", "sales", "products", "audit")):
            stream.sendall(framed({"id": number, "call": {request: {}}}))
            server.checks.that("ok" in _answer(answers), f"the administrator's {request}")
        reset = {"reset_password": {"username": name, "why": made.text("forgotten", "draft")}}
        stream.sendall(framed({"id": 100, "call": reset}))
        one_time = _answer(answers)["ok"]["password"]
        made.note("password", one_time.encode("utf-8"))
    with replace(server, source=next(made.sources)).connect() as connection:
        logged_in = connection.ok("login", username=name, password=one_time)
        made.note("token", logged_in["token"])
        connection.ok("change_password", old=one_time, new=made.password())
        connection.call("delete_account", password=made.password())


def _answer(answers: BinaryIO) -> dict[str, Any]:
    """The next frame for an administrator."""
    return decode(answers.read(int.from_bytes(answers.read(4), "big")))


def _backup(stage: Stage, data: Path, place: Path) -> bytes:
    """Takes a backup of the running server; what that wrote to its output."""
    command = [*EVERYTHING, stage.binary, "backup", place, "--data-dir", data]
    done = subprocess.run([str(part) for part in command], capture_output=True, check=True)
    return done.stdout + done.stderr


def _content(folder: Path) -> bytes:
    """All files of a folder, one after the other."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _private_keys(data: Path, made: Markers) -> None:
    """Notes the private keys of TLS, which may stand in their own files and in backups, but not in logs."""
    for path in (data / "tls").glob("*.key"):
        encoded = re.sub(r"-----[^-]*-----|\s", "", path.read_text("ascii"))
        # PKCS #8 of P-256 has the key at this place; a line of PEM ends within it.
        der = base64.b64decode(encoded)
        made.note("private key", der[36:48])
        made.note("private key", der[48:60])
