"""Stops the server (SIGTERM) with 300 purchases in flight, again and again on the same data.

The server is held (SIGSTOP) until all are written. Every other time it is asked to stop before it goes on,
so that none of the 300 can have been answered; else up to 50 ms later, in the midst of answering. Every one
must be confirmed or told `draining`. What was confirmed must be in the database and nothing else, and the
server must end by itself with exit code 0 within 10 s.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from storage import SERVER_BINARY, Market, Purchase, Stage

from checks import Checks
from connection import Connection, Ended
from contract import ContractError
from values import key, usd

CONNECTIONS_PER_BUYER = 5
# A connection keeps up to sixteen that wait.
REQUESTS_PER_CONNECTION = 15
END_SECONDS_MAX = 10.0
LATE_SECONDS_MAX = 0.05


def drain(
    stage: Stage, market: Market, data: Path, tally: dict[str, int], is_late: bool
) -> float:
    """One stop; adds to the tally what the requests came to, and returns how many seconds it took."""
    names = market.buyers() * CONNECTIONS_PER_BUYER
    with stage.start(data) as process:
        server = process.server()
        products = iter(market.list_products(server, len(names) * REQUESTS_PER_CONNECTION))
        connections = [(name, market.login(server, name)) for name in names]
        pid = process.ready["pid"]
        # Held, so that all requests are written before it can answer any.
        os.kill(pid, signal.SIGSTOP)
        flights = [(connection, ask(name, connection, products)) for name, connection in connections]
        if is_late:
            os.kill(pid, signal.SIGCONT)
            time.sleep(random.uniform(0, LATE_SECONDS_MAX))
        begun = time.monotonic()
        process.ask_to_stop()
        os.kill(pid, signal.SIGCONT)
        for connection, asked in flights:
            with connection:
                hear(connection, asked, tally, stage.checks)
            market.purchases += [p for p in asked.values() if p.outcome == "confirmed"]
        process.stopped()
        took = time.monotonic() - begun
    stage.no_panic()
    return took


def ask(name: str, connection: Connection, products: Iterator[int]) -> dict[int, Purchase]:
    """Sends purchases without waiting for answers; each by the id of its request."""
    asked = {}
    for _ in range(REQUESTS_PER_CONNECTION):
        purchase = Purchase(name, next(products), key())
        body = {"key": purchase.key, "price": usd(500), "product": purchase.product}
        asked[connection.start("buy", body)] = purchase
    return asked


def hear(
    connection: Connection, asked: dict[int, Purchase], tally: dict[str, int], checks: Checks
) -> None:
    """Reads one answer for each request, then a proper end."""
    waiting = dict(asked)
    try:
        while True:
            answer = connection.receive()
            purchase = waiting.pop(answer["id"])
            if "ok" in answer:
                purchase.outcome, purchase.reply = "confirmed", connection.last_body
                tally["confirmed"] += 1
            elif "draining" in answer["error"]["code"]:
                tally["draining"] += 1
            else:
                checks.that(False, "an answer of a server that stops", answer)
    except Ended:
        pass
    except (OSError, KeyError, ContractError) as error:
        checks.that(False, "a connection of a server that stops", repr(error))
    checks.that(not waiting, "each request is answered", f"{len(waiting)} of {len(asked)} are not")
    tally["unanswered"] += len(waiting)


def main() -> int:
    """The exit code is 0 when every promise was kept each time."""
    parser = argparse.ArgumentParser(
        prog="drain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server-binary", type=Path, default=SERVER_BINARY, metavar="PATH")
    parser.add_argument("times", type=int, nargs="?", default=50, help="default 50")
    arguments = parser.parse_args()
    if arguments.times < 1:
        parser.error("at least once")
    tally = {"confirmed": 0, "draining": 0, "unanswered": 0}
    checks, longest = Checks(), 0.0
    with tempfile.TemporaryDirectory(prefix="auboutique-drain-") as directory:
        stage = Stage(arguments.server_binary.resolve(), Path(directory), checks)
        data = stage.directory / "data"
        market, _ = stage.prepare(data, 1)
        for number in range(arguments.times):
            longest = max(longest, drain(stage, market, data, tally, is_late=number % 2 == 1))
        # Nothing but what was confirmed may be sold: what was told `draining` was not done.
        lost = market.judge(data, checks)
    print(
        f"drains {arguments.times}: {sum(tally.values())} purchases in flight, {tally['confirmed']} "
        f"confirmed, {tally['draining']} told draining, {tally['unanswered']} unanswered, {lost} lost; "
        f"ended after {longest * 1000:.0f} ms at most"
    )
    held = lost == 0 and tally["unanswered"] == 0 and longest <= END_SECONDS_MAX
    return 0 if held and checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
