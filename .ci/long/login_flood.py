"""A flood of logins: it takes what hashing may take, and no more."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import ssl
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage import PASSWORD, ContractError, Market, Server, Stage

from peers import OPEN_ADMISSION, OPEN_THROTTLE, Peer, sources, tls_context
from vitals import READ_P99_MAX_MS, Reading, forget_peak, memory_kib

HASH_THREADS = max(1, (os.cpu_count() or 1) // 2)
MEMORY_GROWTH_MAX_MIB = 100
CAPACITY_SHARE_MIN = 0.9
# Not counted: until all peers have come, and what they do first is over.
RAMP_SECONDS = 2.0
USERS = 20
COMING_AT_ONCE = 16
CONNECTIONS_MIN = 64


@dataclass
class Flood:
    """Who logs in, and what came of it."""

    server: Server
    context: ssl.SSLContext
    names: list[str]
    source: Iterator[str]
    tally: Counter[str] = field(default_factory=Counter)
    peers: list[Peer] = field(default_factory=list)
    leaving: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, parallel: int, seconds: float, ramp: float) -> float:
        """So many at once, each after the answer to its last; returns how many passwords were judged a
        second.
        """
        gate, idle = asyncio.Semaphore(COMING_AT_ONCE), asyncio.Queue()

        async def connect(address: str) -> None:
            async with gate:
                self.peers.append(await Peer.greeted(self.server, self.context, address))
                idle.put_nowait(self.peers[-1])

        # Without a login a connection may ask ten times a second, so few take turns on more.
        count = max(parallel, CONNECTIONS_MIN)
        await asyncio.gather(*(connect(next(self.source)) for _ in range(count)))
        tasks = [asyncio.create_task(self._attempts(idle)) for _ in range(parallel)]
        await asyncio.sleep(ramp)
        before, begun = self.judged(), time.monotonic()
        await asyncio.sleep(seconds)
        judged, took = self.judged() - before, time.monotonic() - begun
        for task in [*tasks, *self.leaving]:
            task.cancel()
        for error in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(error, asyncio.CancelledError):
                self.server.checks.that(False, "whoever logs in is answered", repr(error))
        # What was under way when it ended has connections too.
        for peer in self.peers:
            peer.close()
        self.peers.clear()
        return judged / took

    def judged(self) -> int:
        """Passwords that were found right or wrong."""
        return self.tally["right"] + self.tally["wrong"]

    async def _attempts(self, idle: asyncio.Queue[Peer]) -> None:
        """Right and wrong passwords in turn, each on the connection that was idle for longest."""
        for number in itertools.count(random.randrange(2)):
            peer = await idle.get()
            is_right = number % 2 == 0
            if is_right:
                name = random.choice(self.names)
                password = PASSWORD % name
            else:
                # A name that was not tried from here yet, so that no back-off answers.
                name = f"nobody-{os.urandom(6).hex()}"
                password = PASSWORD % "somebody else"
            while (answer := await peer.call("login", username=name, password=password)) and (
                wait := answer.get("error", {}).get("code", {}).get("busy")
            ):
                self.tally["busy"] += 1
                await asyncio.sleep(wait["after_ms"] / 1000 * random.uniform(1, 1.5))
            is_answered = "ok" in answer if is_right else "auth_failed" in answer["error"]["code"]
            if not is_answered:
                raise ContractError(f"the answer to a login: {answer}")
            self.tally["right" if is_right else "wrong"] += 1
            if is_right:
                leaving = asyncio.create_task(self._leave(peer, idle))
                self.leaving.add(leaving)
                leaving.add_done_callback(self.leaving.discard)
            else:
                idle.put_nowait(peer)

    @staticmethod
    async def _leave(peer: Peer, idle: asyncio.Queue[Peer]) -> None:
        """Logs out, for which nobody waits."""
        await peer.call("logout")
        idle.put_nowait(peer)


def _wait_for_the_queue(server: Server, name: str) -> None:
    """Passwords that wait are judged also when those who sent them have gone: until that is over."""
    with server.connect() as connection:
        while "error" in (answer := connection.call("login", username=name, password=PASSWORD % name)):
            server.checks.that("busy" in answer["error"]["code"], "the answer after a flood", answer)
            time.sleep(0.5)


def login_flood(stage: Stage, times: int, seconds: float = 20) -> bool:
    """So many logins in parallel, with right and wrong passwords, each from another source.

    The memory must stay where it is, passwords be judged as fast as without a flood, by as many at once as
    there are threads for it, and somebody who is logged in be answered quickly.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    stage.settings += f"\n[limits.passwords]\nthreads = {HASH_THREADS}\n"
    market, names = Market(), [f"user{number}" for number in range(USERS)]
    with stage.start(stage.directory / "data") as process:
        server, pid = process.server(), process.ready["pid"]
        for name in names:
            market.login(server, name).stream.close()
        flood = Flood(server, tls_context(server), names, sources())
        # Before and after: the machine may have other things to do as well.
        capacities = [asyncio.run(flood.run(HASH_THREADS, seconds / 2, RAMP_SECONDS))]
        flood.tally.clear()
        before = memory_kib(pid)
        forget_peak(pid)
        with Reading(market.login(server, "reader"), stage.checks) as reading:
            speed = asyncio.run(flood.run(times, seconds, RAMP_SECONDS))
        growth = (memory_kib(pid, "VmHWM") - before) / 1024
        tally = Counter(flood.tally)
        _wait_for_the_queue(server, names[0])
        capacities.append(asyncio.run(flood.run(HASH_THREADS, seconds / 2, RAMP_SECONDS)))
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    capacity = statistics.mean(capacities)
    print(
        f"logins {times} at once: {tally['right']} right, {tally['wrong']} wrong, {tally['busy']} told busy; "
        f"{speed:.1f} judged a second, with {HASH_THREADS} at "
        f"once {capacities[0]:.1f} before and {capacities[1]:.1f} after ({speed / capacity * 100:.0f} %); "
        f"memory {before / 1024:.0f} MiB, {growth:.0f} MiB more at most; "
        f"{len(reading.seconds)} reads meanwhile, p99 {reading.p99_ms():.0f} ms"
    )
    return (
        growth <= MEMORY_GROWTH_MAX_MIB
        and speed >= CAPACITY_SHARE_MIN * capacity
        and reading.p99_ms() < READ_P99_MAX_MS
    )
