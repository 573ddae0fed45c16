"""Many peers at once, from many sources, each a task of one event loop.

They speak the protocol without validating it: the ordinary client beside them does that.
"""

from __future__ import annotations

import asyncio
import itertools
import resource
import ssl
from collections.abc import Iterator
from typing import Any

from storage import Server

from contract import decode, encode

# Admission would otherwise answer instead of what is tested.
OPEN_ADMISSION = """\
connections_per_user_max = 10000

[limits]
products_per_user_max = 100000
messages_per_day_max = 100000

[limits.requests]
per_user_burst = 1000000
per_user_and_second = 1000000

[limits.connections]
unauthenticated_max = 1000000
exempt_networks = ["127.0.0.0/8"]

[limits.registration]
source_burst = 1000000
"""
# Nor may the throttle, where passwords are to be compared.
OPEN_THROTTLE = """\

[limits.login]
parallel_max = 100
source_burst = 100000
failures_per_day_max = 1000000
exempt_networks = ["127.0.0.0/8"]
"""


def sources() -> Iterator[str]:
    """Addresses of this machine, each once."""
    for number in itertools.count(1):
        yield f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def many_descriptors() -> None:
    """As many as the system lets this process and its server have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def tls_context(server: Server) -> ssl.SSLContext:
    """What a peer needs to trust the server."""
    context = ssl.create_default_context(cafile=server.authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["auboutique/1"])
    return context


def framed(frame: dict[str, Any]) -> bytes:
    """A frame as it travels."""
    body = encode(frame)
    return len(body).to_bytes(4, "big") + body


HELLO = framed({"hello": {"agent": "interop/1", "version_min": 1, "version_max": 1}})


class Peer:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.last_id = 0
        # What it goes on to send while it waits for the end.
        self.sending: asyncio.Task[None] | None = None

    @classmethod
    async def plain(cls, server: Server, source: str) -> Peer:
        """Connects and does nothing more."""
        return cls(*await asyncio.open_connection(*server.address, local_addr=(source, 0)))

    @classmethod
    async def secure(cls, server: Server, context: ssl.SSLContext, source: str) -> Peer:
        """Connects and shakes hands."""
        return cls(
            *await asyncio.open_connection(
                *server.address, local_addr=(source, 0), ssl=context,
                server_hostname="localhost", ssl_handshake_timeout=60, ssl_shutdown_timeout=2,
            )
        )

    @classmethod
    async def greeted(cls, server: Server, context: ssl.SSLContext, source: str) -> Peer:
        """Connects, shakes hands and exchanges hellos."""
        peer = await cls.secure(server, context, source)
        peer.writer.write(HELLO)
        await peer.receive()
        return peer

    async def receive(self) -> dict[str, Any]:
        """The next frame that is no event."""
        while True:
            length = int.from_bytes(await self.reader.readexactly(4), "big")
            frame = decode(await self.reader.readexactly(length))
            if "event" not in frame:
                return frame

    async def call(self, name: str, /, **body: Any) -> dict[str, Any]:
        """Asks, and returns the answer."""
        self.last_id += 1
        self.writer.write(framed({"id": self.last_id, "call": {name: body}}))
        return await self.receive()

    async def rest(self) -> bytes:
        """All that comes until the end, however the end comes."""
        data = b""
        try:
            while piece := await self.reader.read(65536):
                data += piece
        except OSError:
            pass
        return data

    def close(self) -> None:
        """Ends it without a word."""
        if self.sending:
            self.sending.cancel()
        self.writer.transport.abort()
