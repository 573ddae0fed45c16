"""Half an hour of ordinary use: nothing may be held that was taken for somebody who has gone."""

from __future__ import annotations

import random
import ssl
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from storage import PASSWORD, Checks, Connection, Market, Server, Stage, key, usd

from contract import ContractError
from peers import OPEN_ADMISSION, OPEN_THROTTLE
from picture import png
from vitals import descriptors, memory_kib, settles

MEMBERS = 12
# Who is at it at once.
WORKERS = 8
SAMPLE_SECONDS = 10.0
WARM_UP_SECONDS_MIN = 60.0
# Of less nothing can be said.
MINUTES_MIN = 3
GROWTH_MAX_MIB_PER_10_MINUTES = 1.0
# From one request of a member to the next, on average.
THINK_SECONDS = 0.2
REQUESTS_PER_VISIT_MAX = 40
FOR_SALE_MAX = 20
# What may be answered when many do the same at once.
EXPECTED = {"already_sold", "recipient_offline", "withdrawn"}


@dataclass
class Use:
    """What members do, and how often they did."""

    server: Server
    market: Market
    checks: Checks
    done: Counter[str] = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Members come and go, all the time."""
        self.is_over.clear()
        threads = [threading.Thread(target=self._visits) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def _visits(self) -> None:
        while not self.is_over.is_set():
            try:
                self._visit(random.choice(members()))
            except Exception as error:
                self.checks.that(False, "a visit", repr(error))
                self.is_over.wait(1)

    def _visit(self, name: str) -> None:
        """Logs in, does this and that, and goes in one of the ways that there are."""
        has_password = random.random() < 0.3
        with self.server.connect() as connection:
            if has_password:
                self._ask(connection, "login", username=name, password=PASSWORD % name)
            else:
                self._ask(connection, "resume", token=self.market.tokens[name])
            if random.random() < 0.5:
                self._ask(connection, "watch", topics=["products", "presence"])
            actions = [self._look, self._look, self._sell, self._buy, self._write, self._account]
            for _ in range(random.randint(1, REQUESTS_PER_VISIT_MAX)):
                if self.is_over.wait(random.expovariate(1 / THINK_SECONDS)):
                    break
                random.choice(actions)(connection, name)
            if has_password:
                self._ask(connection, "logout")
            elif random.random() < 0.5:
                # In order; otherwise it breaks off. What is told meanwhile is not awaited.
                with suppress(ssl.SSLError):
                    connection.stream.unwrap()
        self.done["visits"] += 1

    def _ask(self, connection: Connection, what: str, /, **body: object) -> dict:
        answer = connection.call(what, **body)
        self.done[what] += 1
        if "error" in answer and not set(answer["error"]["code"]) & EXPECTED:
            raise ContractError(f"{what} was refused: {answer}")
        return answer.get("ok", {})

    def _look(self, connection: Connection, _: str) -> None:
        page = self._ask(connection, "list_products", limit=random.randint(1, 50))
        for product in random.sample(page["products"], min(2, len(page["products"]))):
            self._ask(connection, "show_product", id=product["id"])
            if "picture" in product:
                self._ask(connection, "picture", id=product["id"], size="thumbnail")
        self._ask(connection, "list_products", text=random.choice(["oak", "desk", "none of it"]))

    def _sell(self, connection: Connection, name: str) -> None:
        own = self._ask(connection, "list_products", owner=name, limit=FOR_SALE_MAX)["products"]
        if len(own) == FOR_SALE_MAX:
            self._ask(connection, "withdraw_product", id=random.choice(own)["id"])
            return
        product = {
            "key": key(), "name": f"Oak {random.randint(1, 999)}", "price": usd(500),
            "category": "textbooks", "description": "A desk.\n" + "x" * random.randint(0, 2000),
        }
        if random.random() < 0.1:
            product["picture"] = png(320, 200)
        listed = self._ask(connection, "sell", **product)
        self._ask(connection, "edit_product", id=listed["product"], name="Oak desk")

    def _buy(self, connection: Connection, name: str) -> None:
        page = self._ask(connection, "list_products", limit=50)["products"]
        others = [product for product in page if product["owner"] != name]
        if others:
            bought = random.choice(others)
            purchase = {"key": key(), "price": bought["price"], "product": bought["id"]}
            for _ in range(random.randint(1, 2)):
                self._ask(connection, "buy", **purchase)
        self._ask(connection, "my_purchases", limit=10)

    def _write(self, connection: Connection, name: str) -> None:
        other = random.choice([member for member in members() if member != name])
        message = {"to": other, "key": key(), "text": "Is it\nstill there?", "if_offline": "keep"}
        if random.random() < 0.5:
            message["if_offline"] = "refuse"
        sent = self._ask(connection, "send_message", **message)
        self._ask(connection, "history", **{"with": other}, limit=20)
        if sent:
            self._ask(connection, "mark_read", **{"with": other}, upto=sent["number"])

    def _account(self, connection: Connection, _: str) -> None:
        for name in ("ping", "whoami", "my_quota", "conversations", "my_sales", "list_sellers"):
            self._ask(connection, name)


def members() -> list[str]:
    """The names of all who use the market."""
    return [f"member{number}" for number in range(MEMBERS)]


def soak(stage: Stage, times: int) -> bool:
    """Members log in, list, sell, buy, write, watch and leave, for so many minutes.

    It warms up for half of the time, until SQLite's caches and the memory of all threads are as large as they
    become. From then on memory may grow by a mebibyte in ten minutes at most (least squares over a sample every
    ten seconds), and with everybody gone there are as many descriptors at the end as after that half.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    market, seconds = Market(), times * 60
    warm_up = max(WARM_UP_SECONDS_MIN, seconds / 2)
    samples: list[tuple[float, float]] = []
    with stage.start(stage.directory / "data") as process:
        server, pid = process.server(), process.ready["pid"]
        use = Use(server, market, stage.checks)
        for name in members():
            market.login(server, name).stream.close()
        begun = time.monotonic()
        with use.going_on():
            time.sleep(warm_up)
        time.sleep(2)
        idle = descriptors(pid)
        with use.going_on():
            while time.monotonic() - begun < seconds:
                time.sleep(SAMPLE_SECONDS)
                samples.append((time.monotonic() - begun, memory_kib(pid) / 1024))
        settles(lambda: descriptors(pid), idle)
        left = descriptors(pid)
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    stage.checks.equal(left, idle, "descriptors when everybody has gone")
    slope, middle = _mib_per_10_minutes(samples), len(samples) // 2
    early, late = _mib_per_10_minutes(samples[:middle]), _mib_per_10_minutes(samples[middle:])
    done = use.done
    print(
        f"soak {times} min: {done.total() - done['visits']} requests in {done['visits']} visits, "
        f"{done['sell']} listed, {done['buy']} purchases, {done['send_message']} messages; memory after "
        f"{warm_up:.0f} s {samples[0][1]:.1f} MiB, at the end {samples[-1][1]:.1f} MiB, {slope:+.2f} MiB in ten "
        f"minutes ({early:+.2f} in the first half, {late:+.2f} in the second); descriptors {idle} and {left}"
    )
    return slope <= GROWTH_MAX_MIB_PER_10_MINUTES


def _mib_per_10_minutes(samples: list[tuple[float, float]]) -> float:
    """How fast memory grows: the slope through samples of seconds and mebibytes."""
    return statistics.linear_regression(*zip(*samples, strict=True)).slope * 600
