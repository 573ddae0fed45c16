"""What there is only so much of: descriptors, and memory for answers that nobody takes."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

from storage import Connection, ContractError, Ended, Market, Purchase, Server, Stage, key, usd

from peers import OPEN_ADMISSION, OPEN_THROTTLE
from picture import noise
from vitals import (
    READ_P99_MAX_MS,
    Reading,
    cpu_seconds,
    descriptors as descriptors_of,
    forget_peak,
    memory_kib,
    settles,
    sockets,
)

# How long the server has no descriptor left, with peers that come all the time.
EXHAUSTED_SECONDS = 5.0
CPU_SHARE_MAX = 0.2
SERVED_AGAIN_SECONDS_MAX = 2.0
WRITE_SECONDS = 10.0
# The deadline, a second in which the server tries to say goodbye, and a second for the machine.
DROPPED_SECONDS = (WRITE_SECONDS - 0.5, WRITE_SECONDS + 2)
REQUESTS_UNREAD = 60
# As large as a picture may be when it is sent.
PICTURE_SIDE = 500
MEMORY_GROWTH_MAX_MIB = 100
ESTABLISHED = "01"


def descriptors(stage: Stage, times: int) -> bool:
    """The server may have so many descriptors, and more peers come than that.

    It must turn them away without using up the processor, go on with those that it has, sell, and take new
    ones as soon as some have gone.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    market, data = Market(), stage.directory / "data"
    with stage.start(data, ["prlimit", f"--nofile={times}"]) as process:
        server, pid = process.server(), process.ready["pid"]
        products = market.list_products(server, 2)
        served = [market.login(server, "buyer0")]
        while len(served) <= times and (connection := _try(market, server)):
            served.append(connection)
        stage.checks.that(len(served) <= times, "descriptors are used up", len(served))
        most, count = descriptors_of(pid), len(served)
        before, begun = cpu_seconds(pid), time.monotonic()
        turned_away = _storm(server)
        took = time.monotonic() - begun
        share = (cpu_seconds(pid) - before) / took
        stage.checks.equal(process.process.poll(), None, "the server runs on")
        for connection in served:
            connection.ok("ping")
        purchase = Purchase("buyer0", products[0], key())
        market.purchases.append(purchase)
        market.buy(served[0], purchase)
        stage.checks.equal(purchase.outcome, "confirmed", "a purchase without descriptors")
        for connection in served[count // 2 :]:
            connection.stream.close()
        begun = time.monotonic()
        while (again := _try(market, server)) is None and time.monotonic() - begun < 10:
            pass
        recovered = time.monotonic() - begun
        for connection in [*served[: count // 2], again]:
            if stage.checks.that(connection is not None, "served again"):
                connection.ok("ping")
                connection.stream.close()
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    lost = market.judge(data, stage.checks)
    print(
        f"descriptors {times}: {most} in use with {count} members; {turned_away} more peers turned away in "
        f"{took:.1f} s at {share * 100:.0f} % of a processor; all {count} served meanwhile, {lost} sales lost; "
        f"a new one served {recovered * 1000:.0f} ms after half had gone"
    )
    return (
        lost == 0
        and turned_away > 0
        and share <= CPU_SHARE_MAX
        and recovered <= SERVED_AGAIN_SECONDS_MAX
    )


def _try(market: Market, server: Server) -> Connection | None:
    """One more connection of the buyer, if the server takes it."""
    try:
        return market.login(server, "buyer0")
    except (OSError, Ended, ContractError):
        return None


def _storm(server: Server) -> int:
    """Peers that come all the time, and at once again when they are turned away; how many were."""
    counts, is_over = [0] * 20, threading.Event()

    def come(number: int) -> None:
        while not is_over.is_set():
            try:
                with socket.create_connection(server.address, timeout=EXHAUSTED_SECONDS * 2) as stream:
                    counts[number] += stream.recv(1) == b""
            except ConnectionError:
                counts[number] += 1

    threads = [threading.Thread(target=come, args=(number,)) for number in range(len(counts))]
    for thread in threads:
        thread.start()
    time.sleep(EXHAUSTED_SECONDS)
    is_over.set()
    for thread in threads:
        thread.join()
    return sum(counts)


def slow_readers(stage: Stage, times: int) -> bool:
    """So many members watch, ask for pictures, and read nothing.

    Each must be dropped when the server could write nothing for ten seconds, and memory and the answers to
    somebody else stay as they are.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    market = Market()
    with stage.start(stage.directory / "data") as process:
        server, pid = process.server(), process.ready["pid"]
        with market.login(server, "seller") as seller:
            product = seller.ok(
                "sell", key=key(), name="Large", price=usd(500), category="textbooks", description="",
                picture=noise(PICTURE_SIDE, PICTURE_SIDE),
            )["product"]
        with market.login(server, "slow"), Reading(market.login(server, "reader"), stage.checks) as reading:
            idle, before = sockets(pid), memory_kib(pid)
            forget_peak(pid)
            waiting = {}
            for _ in range(times):
                connection = market.login(server, "slow")
                connection.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.ok("watch", topics=["products", "presence"])
                for _ in range(REQUESTS_UNREAD):
                    connection.start("picture", {"id": product, "size": "full"})
                waiting[connection.stream.getsockname()[1]] = (connection, time.monotonic())
            most = sockets(pid) - idle
            answer_kib = _answer_kib(market, server, product)
            dropped = _until_dropped(server, market, waiting)
            stage.checks.that(settles(lambda: sockets(pid), idle), "every socket is given back")
        growth = (memory_kib(pid, "VmHWM") - before) / 1024
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    stage.checks.equal(len(dropped), times, "slow readers that were dropped")
    low, high = min(dropped, default=0.0), max(dropped, default=float("inf"))
    stage.checks.that(DROPPED_SECONDS[0] <= low <= high <= DROPPED_SECONDS[1], "the deadline", (low, high))
    print(
        f"slow readers {times}: {most} at once, {REQUESTS_UNREAD} answers of {answer_kib} KiB for each; "
        f"{len(dropped)} dropped after {low:.1f} to {high:.1f} s; memory {before / 1024:.0f} MiB, "
        f"{growth:.0f} MiB more at most; {len(reading.seconds)} reads of somebody else meanwhile, p99 {reading.p99_ms():.0f} ms"
    )
    return growth <= MEMORY_GROWTH_MAX_MIB and reading.p99_ms() < READ_P99_MAX_MS


def _answer_kib(market: Market, server: Server, product: int) -> int:
    """How large one of the answers is."""
    with market.login(server, "reader") as reader:
        return len(reader.ok("picture", id=product, size="full")["data"]) // 1024


def _until_dropped(
    server: Server, market: Market, waiting: dict[int, tuple[Connection, float]]
) -> list[float]:
    """Lists products, so that there is something to tell, until all are dropped; how long each had."""
    dropped, deadline = [], time.monotonic() + 3 * WRITE_SECONDS
    with market.login(server, "seller") as seller:
        while waiting and time.monotonic() < deadline:
            seller.ok(
                "sell", key=key(), name="Something", price=usd(500), category="textbooks", description=""
            )
            open_now = _established(server.address[1])
            for port in [port for port in waiting if port not in open_now]:
                connection, begun = waiting.pop(port)
                dropped.append(time.monotonic() - begun)
                connection.stream.close()
            time.sleep(0.05)
    return dropped


def _established(port: int) -> set[int]:
    """The ports of the peers that a server here has not closed its connection to.

    A peer that does not read cannot see the end itself: it stands behind what was not taken.
    """
    peers = set()
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, remote, state = line.split()[:4]
        if int(local.rpartition(":")[2], 16) == port and state == ESTABLISHED:
            peers.add(int(remote.rpartition(":")[2], 16))
    return peers
