"""Peers that take their time: each is closed at its deadline, and nobody else notices."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

from storage import PASSWORD, Checks, Market, Server, Stage

from contract import decode
from peers import HELLO, OPEN_ADMISSION, OPEN_THROTTLE, Peer, framed, sources, tls_context
from vitals import memory_kib, settles, sockets

# How far from its documented deadline a connection may be closed.
DEADLINE_TOLERANCE_SECONDS = 1.0
# Handshakes of slow peers at once, so that the machine that they share does not delay them.
COMING_AT_ONCE = 16
DRIP_SECONDS = 1.0
# Of the frame that arrives a byte at a time: before login, and after it with two seconds more for its size.
DRIPPED_BYTES = 1000
DRIPPED_BYTES_LARGE = 16 * 1024
LOGIN_EVERY_SECONDS = 0.1
SLOW_USER = "slow"


@dataclass
class Slow:
    """What slow peers have: the server, and a token to log in with."""

    server: Server
    context: ssl.SSLContext
    token: bytes
    gate: asyncio.Semaphore

    async def nothing(self, source: str) -> tuple[Peer, float]:
        """Connects, no more."""
        peer = await Peer.plain(self.server, source)
        return peer, time.monotonic()

    async def half_a_handshake(self, source: str) -> tuple[Peer, float]:
        """Sends half of a ClientHello."""
        outgoing = ssl.MemoryBIO()
        handshake = self.context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
        try:
            handshake.do_handshake()
        except ssl.SSLWantReadError:
            pass
        peer = await Peer.plain(self.server, source)
        begun = time.monotonic()
        hello = outgoing.read()
        peer.writer.write(hello[: len(hello) // 2])
        return peer, begun

    async def no_hello(self, source: str) -> tuple[Peer, float]:
        """Shakes hands, no more."""
        peer = await Peer.secure(self.server, self.context, source)
        return peer, time.monotonic()

    async def half_a_hello(self, source: str) -> tuple[Peer, float]:
        """Sends half of its hello."""
        peer, begun = await self.no_hello(source)
        peer.writer.write(HELLO[: len(HELLO) // 2])
        return peer, begun

    async def dripping(self, source: str) -> tuple[Peer, float]:
        """Sends a request a byte at a time."""
        peer = await Peer.greeted(self.server, self.context, source)
        begun = time.monotonic()
        self._drip(peer, DRIPPED_BYTES)
        return peer, begun

    async def no_login(self, source: str) -> tuple[Peer, float]:
        """Pings, and does not log in."""
        peer = await Peer.secure(self.server, self.context, source)
        begun = time.monotonic()
        peer.writer.write(HELLO)
        pings = (framed({"id": number, "call": {"ping": {}}}) for number in itertools.count(1))
        self._keep_sending(peer, pings)
        return peer, begun

    async def dripping_member(self, source: str) -> tuple[Peer, float]:
        """Logs in, and sends a large request a byte at a time."""
        peer = await self._logged_in(source)
        begun = time.monotonic()
        self._drip(peer, DRIPPED_BYTES_LARGE)
        return peer, begun

    async def silent_member(self, source: str) -> tuple[Peer, float]:
        """Logs in, and answers no ping."""
        peer = await self._logged_in(source)
        return peer, time.monotonic()

    async def _logged_in(self, source: str) -> Peer:
        peer = await Peer.greeted(self.server, self.context, source)
        answer = await peer.call("resume", token=self.token)
        self.server.checks.that("ok" in answer, "a slow peer resumes", answer)
        return peer

    def _drip(self, peer: Peer, length: int) -> None:
        data = length.to_bytes(4, "big") + bytes(length)
        self._keep_sending(peer, (data[at : at + 1] for at in range(len(data))))

    @staticmethod
    def _keep_sending(peer: Peer, pieces: Iterator[bytes]) -> None:
        async def send() -> None:
            for piece in pieces:
                if peer.writer.is_closing() or peer.reader.at_eof():
                    return
                peer.writer.write(piece)
                await asyncio.sleep(DRIP_SECONDS)

        peer.sending = asyncio.create_task(send())


@dataclass
class Kind:
    """A kind of slow peers: its deadline, and whether the server says that it passed."""

    come: Callable[[Slow, str], Awaitable[tuple[Peer, float]]]
    deadline: float
    is_told: bool
    waited: list[float] = field(default_factory=list)


def kinds() -> list[Kind]:
    """One for each deadline of section 6 of docs/PROTOCOL.md but that of writing."""
    return [
        Kind(Slow.nothing, 5, False),
        Kind(Slow.half_a_handshake, 5, False),
        Kind(Slow.no_hello, 5, True),
        Kind(Slow.half_a_hello, 5, True),
        Kind(Slow.dripping, 10, True),
        Kind(Slow.no_login, 20, True),
        Kind(Slow.dripping_member, 12, True),
        Kind(Slow.silent_member, 90, True),
    ]


class Logins:
    """Members who log in all the time, with a password or a token, look, and go."""

    def __init__(self, server: Server, market: Market, checks: Checks) -> None:
        self.checks = checks
        self.seconds: list[float] = []
        self._is_over = threading.Event()
        source = sources()
        self._threads = [
            threading.Thread(
                target=self._come_and_go, args=(replace(server, source=next(source)), name, token)
            )
            for name, token in [("password", None), ("token", market.tokens["token"])]
        ]

    def __enter__(self) -> Logins:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _come_and_go(self, server: Server, name: str, token: bytes | None) -> None:
        while not self._is_over.wait(LOGIN_EVERY_SECONDS):
            begun = time.monotonic()
            try:
                with server.connect() as connection:
                    if token is None:
                        connection.ok("login", username=name, password=PASSWORD % name)
                    else:
                        connection.ok("resume", token=token)
                    connection.ok("list_products")
            except Exception as error:
                self.checks.that(False, "a good login", repr(error))
            self.seconds.append(time.monotonic() - begun)


def slowloris(stage: Stage, times: int, deadline_max: float = 90) -> bool:
    """So many slow peers of each kind at once, each from another source.

    Every one must be closed within a second of its deadline, with the error `timeout` where the protocol
    says so, while members go on to log in.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    market, all_kinds = Market(), [kind for kind in kinds() if kind.deadline <= deadline_max]
    with stage.start(stage.directory / "data") as process:
        server, pid = process.server(), process.ready["pid"]
        idle = sockets(pid)
        for name in (SLOW_USER, "password", "token"):
            market.login(server, name).stream.close()
        with Logins(server, market, stage.checks) as logins:
            most = asyncio.run(_all_come(server, market.tokens[SLOW_USER], all_kinds, times, pid))
        stage.checks.that(settles(lambda: sockets(pid), idle), "every socket is given back", sockets(pid))
        peak = memory_kib(pid, "VmHWM")
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    worst, closed = 0.0, sum(len(kind.waited) for kind in all_kinds)
    for kind in all_kinds:
        name = kind.come.__name__
        stage.checks.equal(len(kind.waited), times, f"peers closed of {name}")
        off = max((abs(waited - kind.deadline) for waited in kind.waited), default=float("inf"))
        if not stage.checks.that(off <= DEADLINE_TOLERANCE_SECONDS, f"the deadline of {name}", off):
            spread = (min(kind.waited), max(kind.waited))
            stage.checks.that(False, f"{name} waited", spread)
        worst = max(worst, off)
    print(
        f"slow peers {len(all_kinds)} x {times}: {closed} closed, {worst:.2f} s from their deadlines at most "
        f"({', '.join(f'{kind.deadline:.0f}' for kind in all_kinds)} s), {most} sockets at once, "
        f"{peak // 1024} MiB at most; {len(logins.seconds)} good logins meanwhile, the longest "
        f"{max(logins.seconds):.2f} s"
    )
    return True


async def _all_come(
    server: Server, token: bytes, all_kinds: list[Kind], times: int, pid: int
) -> int:
    """Has all of them come, and waits until they are closed; how many sockets that took at most."""
    slow = Slow(server, tls_context(server), token, asyncio.Semaphore(COMING_AT_ONCE))
    source, most, is_over = itertools.islice(sources(), 10, None), 0, False

    async def watch() -> None:
        nonlocal most
        while not is_over:
            most = max(most, sockets(pid))
            await asyncio.sleep(0.5)

    async def one(kind: Kind, address: str) -> None:
        try:
            async with slow.gate:
                peer, begun = await kind.come(slow, address)
            rest = await peer.rest()
            kind.waited.append(time.monotonic() - begun)
            if kind.is_told:
                last = _last_frame(rest).get("error", {})
                server.checks.equal(last.get("code"), {"timeout": {}}, "the last word")
            else:
                server.checks.equal(rest, b"", "nothing is said")
            peer.close()
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            server.checks.that(False, f"a peer of {kind.come.__name__}", repr(error))

    watching = asyncio.create_task(watch())
    # The longest first, so that all are there at once.
    order = sorted(all_kinds, key=lambda kind: -kind.deadline)
    await asyncio.gather(*(one(kind, next(source)) for kind in order for _ in range(times)))
    is_over = True
    await watching
    return most


def _last_frame(data: bytes) -> dict:
    """The last of these frames."""
    frame = {}
    while data:
        length = int.from_bytes(data[:4], "big")
        frame, data = decode(data[4 : 4 + length]), data[4 + length :]
    return frame
