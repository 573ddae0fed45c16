"""A clock that jumps: nobody is cut off, nothing is lost, and purchases have the time of the server."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from storage import Purchase, Stage

from values import key

LIBRARY = "/usr/lib/*-linux-gnu/faketime/libfaketimeMT.so.1"
PRODUCTS_PER_JUMP = 20
# Less than the month after which an unused login ends, in both directions together.
JUMP_SECONDS_MAX = 10 * 24 * 60 * 60
ANSWER_SECONDS_MAX = 5.0


def clock_jumps(stage: Stage, times: int) -> bool:
    """The time of day jumps by up to ten days, forwards and back, under four buyers, so many times.

    Only the time of day: what the system calls monotonic goes on, as it does when an administrator sets the
    clock. Every purchase must be confirmed, somebody who is logged in must stay, the server must say the new
    time, and logging in must go on. Needs libfaketime.
    """
    libraries = sorted(Path("/").glob(LIBRARY.lstrip("/")))
    if not libraries:
        sys.exit("clock-jumps needs libfaketime (Debian: apt-get install faketime)")
    data, offset = stage.directory / "data", stage.directory / "offset"
    offset.write_text("+0\n", "utf-8")
    market, _ = stage.prepare(data, 1)
    under = [
        "env", f"LD_PRELOAD={libraries[0]}", f"FAKETIME_TIMESTAMP_FILE={offset}",
        "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
    ]
    longest = 0.0
    with stage.start(data, under) as process:
        server = process.server()
        with market.login(server, "seller") as seller:
            for _ in range(times):
                products = market.list_products(server, PRODUCTS_PER_JUMP)
                jump = random.randint(-JUMP_SECONDS_MAX, JUMP_SECONDS_MAX)
                jump_after = market.confirmed() + random.randint(1, PRODUCTS_PER_JUMP // 2)
                with market.buying(server, products) as goes_on:
                    while goes_on() and market.confirmed() < jump_after:
                        time.sleep(0.0005)
                    set_offset(offset, jump)
                # The connection of before, and one that is made now.
                begun = time.monotonic()
                told = seller.ok("ping")["time"] / 1000
                stage.checks.that(abs(told - time.time() - jump) < 60, "the time that is told", told)
                market.login(server, "buyer0").stream.close()
                longest = max(longest, time.monotonic() - begun)
            set_offset(offset, 0)
            purchase = Purchase("buyer0", market.list_products(server, 1)[0], key())
            with market.login(server, "buyer0") as buyer:
                market.purchases.append(purchase)
                market.buy(buyer, purchase)
        process.ask_to_stop()
        process.process.wait()
    stage.no_panic()
    lost = market.judge(data, stage.checks)
    with stage.start(data) as process:
        market.repeat(process.server(), stage.checks)
    asked, confirmed = len(market.purchases), market.confirmed()
    stage.checks.equal(asked, times * PRODUCTS_PER_JUMP + 1, "purchases")
    print(
        f"clock jumps {times}: {asked} purchases, {confirmed} confirmed, {lost} lost; a ping and a login right "
        f"after a jump took {longest * 1000:.0f} ms at most"
    )
    return lost == 0 and confirmed == asked and longest < ANSWER_SECONDS_MAX


def set_offset(file: Path, seconds: int) -> None:
    """Moves the server's clock, in one step."""
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n", "utf-8")
    new.replace(file)
