"""One connection: TLS, frames, hello, requests; every frame is validated both ways."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checks import Checks
from contract import ContractError, encode, validate_client_frame, validate_server_frame

TIMEOUT_SECONDS = 20.0
FRAME_BYTES_MAX = 1024 * 1024


class Ended(Exception):
    """The server closed the connection properly, between two frames."""


@dataclass
class Server:
    """Where a server is and what it takes to trust it."""

    address: tuple[str, int]
    authority: str
    checks: Checks
    # The address to come from; without it the system chooses.
    source: str = ""

    def tls(self, alpn: str | None = "auboutique/1") -> ssl.SSLSocket:
        """Connects and shakes hands under the host name localhost."""
        context = ssl.create_default_context(cafile=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if alpn is not None:
            context.set_alpn_protocols([alpn])
        stream = socket.create_connection(
            self.address, timeout=TIMEOUT_SECONDS, source_address=(self.source, 0)
        )
        try:
            # Python would otherwise take an end without close_notify for a proper one.
            return context.wrap_socket(
                stream, server_hostname="localhost", suppress_ragged_eofs=False
            )
        except BaseException:
            stream.close()
            raise

    def connect(self) -> Connection:
        """Connects and exchanges hellos."""
        connection = Connection(self.tls(), self.checks)
        self.checks.equal(connection.stream.version(), "TLSv1.3", "the TLS version")
        self.checks.equal(
            connection.stream.selected_alpn_protocol(), "auboutique/1", "the ALPN protocol"
        )
        connection.greet()
        return connection


@dataclass
class Connection:
    """A TLS connection that speaks frames."""

    stream: ssl.SSLSocket
    checks: Checks
    hello: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    heard: int = 0
    last_id: int = 0
    last_body: bytes = b""
    waiting: dict[int, str] = field(default_factory=dict)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def greet(self, low: int = 1, high: int = 1) -> None:
        """Exchanges hellos."""
        self.send({"hello": {"agent": "interop/1", "version_min": low, "version_max": high}})
        self.hello = self.receive().get("hello", {})
        self.checks.equal(self.hello.get("version"), 1, "the version")

    def send_bytes(self, body: bytes) -> None:
        """Sends bytes as one frame, whatever they are."""
        self.stream.sendall(len(body).to_bytes(4, "big") + body)

    def send(self, frame: dict[str, Any]) -> None:
        """Validates and sends a frame."""
        body = encode(frame)
        self._validated(validate_client_frame, body)
        self.send_bytes(body)

    def receive(self) -> dict[str, Any]:
        """Receives and validates a frame that is no event; raises `Ended` at the end."""
        while True:
            frame = self._frame()
            if "event" not in frame:
                return self._answer(frame)

    def next_event(
        self, name: str, where: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Waits for the next event of this name that was not returned yet."""
        while True:
            while self.heard < len(self.events):
                event = self.events[self.heard]
                self.heard += 1
                if name in event and where(event[name]):
                    return event[name]
            frame = self._frame()
            self.checks.that("event" in frame, f"the event {name} comes", frame)

    def start(self, name: str, body: dict[str, Any]) -> int:
        """Sends a request without waiting for its answer."""
        self.last_id += 1
        self.send({"id": self.last_id, "call": {name: body}})
        self.waiting[self.last_id] = name
        return self.last_id

    def call(self, name: str, /, **body: Any) -> dict[str, Any]:
        """Sends a request and returns its answer: `{ok}` or `{error}`, with the id."""
        request = self.start(name, body)
        answer = self.receive()
        self.checks.equal(answer.get("id"), request, f"the id of the answer to {name}")
        return answer

    def ok(self, name: str, /, **body: Any) -> dict[str, Any]:
        """Sends a request that must succeed and returns its reply."""
        answer = self.call(name, **body)
        if not self.checks.that("ok" in answer, f"{name} succeeds", answer):
            raise ContractError(f"{name} was refused: {answer}")
        return answer["ok"]

    def refused(self, code: dict[str, Any], name: str, /, **body: Any) -> None:
        """Sends a request that must be refused with exactly this code and detail."""
        answer = self.call(name, **body)
        found = answer.get("error", {}).get("code", answer)
        self.checks.equal(found, code, f"the refusal of {name}")

    def malformed(self, name: str, /, **body: Any) -> None:
        """Sends a request that breaks the schema; the server must say so and go on."""
        self.last_id += 1
        self.send_bytes(encode({"id": self.last_id, "call": {name: body}}))
        answer = self.receive()
        found = (answer.get("id"), list(answer.get("error", {}).get("code", {})))
        self.checks.equal(found, (self.last_id, ["bad_request"]), f"a malformed {name}")

    def ends_with(self, code: str) -> None:
        """The server must send this connection-level error and close properly."""
        try:
            frame = self.receive()
        except Ended:
            self.checks.that(False, f"the error {code} comes before the end", self.events)
            return
        self.checks.equal(frame.get("id"), None, "an error about the connection has no id")
        self.checks.equal(list(frame.get("error", {}).get("code", {})), [code], "the error")
        self.ends()

    def ends(self) -> None:
        """The server must close properly, with close_notify."""
        try:
            frame = self.receive()
        except Ended:
            self.checks.that(True, "the connection ends with close_notify")
        except OSError as error:
            self.checks.that(False, "the connection ends with close_notify", repr(error))
        else:
            self.checks.that(False, "the connection ends", frame)
        self.stream.close()

    def _frame(self) -> dict[str, Any]:
        length = int.from_bytes(self._exactly(4, at_boundary=True), "big")
        self.checks.that(0 < length <= FRAME_BYTES_MAX, "a frame's length", length)
        self.last_body = self._exactly(length)
        frame = self._validated(validate_server_frame, self.last_body)
        if "event" in frame:
            self.events.append(frame["event"])
            self.checks.heard.update(frame["event"])
            self.checks.equal(frame["seq"], len(self.events), "the number of an event")
        return frame

    def _answer(self, frame: dict[str, Any]) -> dict[str, Any]:
        request = self.waiting.pop(frame.get("id", -1), None)
        if "ok" in frame and self.checks.that(request is not None, "an answer was asked for"):
            self._validated(lambda body: validate_server_frame(body, request), self.last_body)
            self.checks.answered.add(request)
        return frame

    def _validated(self, validate: Any, body: bytes) -> dict[str, Any]:
        try:
            frame = validate(body)
        except ContractError as error:
            self.checks.that(False, "a frame is valid", f"{error} in {body.hex()}")
            raise
        self.checks.that(True, "a frame is valid")
        return frame

    def _exactly(self, count: int, at_boundary: bool = False) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.stream.recv(count - len(data))
            if not piece and at_boundary and not data:
                raise Ended
            if not piece:
                raise ContractError("the connection ended inside a frame")
            data += piece
        return data
