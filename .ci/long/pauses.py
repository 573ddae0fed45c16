"""A machine that stands still for a moment, and one whose disk is slow: nothing is lost, reads go on."""

from __future__ import annotations

import os
import random
import signal
import time

from storage import END_SECONDS, Stage

from vitals import READ_P99_MAX_MS, Reading

PRODUCTS_PER_PAUSE = 40
PAUSE_SECONDS_MAX = 3.0
SYNC_DELAY_SECONDS = 0.2


def pauses(stage: Stage, times: int) -> bool:
    """The server is held (SIGSTOP) for up to three seconds under four buyers, so many times.

    Every purchase must be confirmed, and those that were must be in the database.
    """
    data, held, longest = stage.directory / "data", 0.0, 0.0
    market, _ = stage.prepare(data, 1)
    with stage.start(data) as process:
        server, pid = process.server(), process.ready["pid"]
        for _ in range(times):
            products = market.list_products(server, PRODUCTS_PER_PAUSE)
            pause_after = market.confirmed() + random.randint(1, PRODUCTS_PER_PAUSE // 2)
            with market.buying(server, products) as goes_on:
                while goes_on() and market.confirmed() < pause_after:
                    time.sleep(0.0005)
                os.kill(pid, signal.SIGSTOP)
                pause = random.uniform(0, PAUSE_SECONDS_MAX)
                time.sleep(pause)
                held += pause
                confirmed, begun = market.confirmed(), time.monotonic()
                os.kill(pid, signal.SIGCONT)
                while goes_on() and market.confirmed() == confirmed:
                    time.sleep(0.0005)
                longest = max(longest, time.monotonic() - begun)
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    lost = market.judge(data, stage.checks)
    with stage.start(data) as process:
        market.repeat(process.server(), stage.checks)
    asked, confirmed = len(market.purchases), market.confirmed()
    stage.checks.equal(asked, times * PRODUCTS_PER_PAUSE, "purchases")
    print(
        f"pauses {times}: held {held:.1f} s in all; {asked} purchases, {confirmed} confirmed, {lost} lost; the "
        f"next one confirmed {longest * 1000:.0f} ms after a pause at most"
    )
    return lost == 0 and confirmed == asked


def slow_disk(stage: Stage, times: int) -> bool:
    """Each sync takes 200 ms longer, under four buyers of so many products.

    Every purchase must be confirmed and none lost, and who only reads must not notice.
    """
    data = stage.directory / "data"
    market, products = stage.prepare(data, times)
    delay = f"inject=fsync,fdatasync:delay_enter={SYNC_DELAY_SECONDS * 1e6:.0f}"
    under = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null"]
    under += ["-e", "trace=fsync,fdatasync", "-e", delay]
    with stage.start(data, under) as process:
        server = process.server()
        with Reading(market.login(server, "seller"), stage.checks) as reading:
            begun = time.monotonic()
            with market.buying(server, products):
                pass
            took = time.monotonic() - begun
        process.ask_to_stop()
        stage.checks.equal(process.process.wait(END_SECONDS), 0, "the exit code of the server")
    stage.no_panic()
    lost, confirmed = market.judge(data, stage.checks), market.confirmed()
    # Four at once share a sync at best.
    stage.checks.that(took >= times / 4 * SYNC_DELAY_SECONDS, "the disk was slow", took)
    print(
        f"slow disk, {SYNC_DELAY_SECONDS * 1000:.0f} ms a sync: {times} purchases, {confirmed} confirmed in "
        f"{took:.1f} s, {lost} lost; {len(reading.seconds)} reads meanwhile, p99 {reading.p99_ms():.0f} ms"
    )
    return lost == 0 and confirmed == times and reading.p99_ms() < READ_P99_MAX_MS
