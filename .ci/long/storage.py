"""Faults of the disk under purchases: what was confirmed must be there afterwards.

Each command prints one line with its figures, and fails when a promise was broken. The server is driven
by the independent client in protocol/interop, and its database is read with Python's own SQLite, so that
none of the server's code judges the server.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SERVER_BINARY = TARGET / "debug" / "auboutique-server"
sys.path.insert(0, str(ROOT / "protocol" / "interop"))

from checks import Checks  # noqa: E402
from connection import Connection, Ended, Server  # noqa: E402
from contract import ContractError  # noqa: E402
from process import ServerProcess  # noqa: E402
from values import PASSWORD, key, usd  # noqa: E402

BUYERS = 4
SETTINGS = """\
[limits]
products_per_user_max = 100000
# The disks here are small, and it is they that are to refuse, not the server before them.
disk_free_bytes_min = 0
"""
# A server that was asked to stop, or lost its disk, has this long.
END_SECONDS = 20.0
# After its disk came back the server must sell again within this time.
RECOVER_SECONDS = 20.0
# The SQLite that is compiled in syncs with fsync, not fdatasync.
CALLS = ("pwrite64", "fsync", "ftruncate", "openat")
ERRORS = ("EIO", "ENOSPC")
# Where the process dies: taking the lock for BEGIN and giving it back after COMMIT (fcntl), writing the
# log, syncing it, and between the commit and the answer (writev).
DEATHS = ("fcntl", "pwrite64", "fsync", "writev")


@dataclass
class Purchase:
    """What a buyer asked for, and what came of it: confirmed, refused, or unknown."""

    buyer: str
    product: int
    key: bytes
    outcome: str = "unknown"
    reply: bytes = b""


@dataclass
class Market:
    """Who sells and who buys, and what they know."""

    tokens: dict[str, bytes] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)

    def login(self, server: Server, name: str) -> Connection:
        """A connection of this person, who is registered the first time."""
        connection = server.connect()
        if name in self.tokens:
            connection.ok("resume", token=self.tokens[name])
            return connection
        person = {"name": name, "email": f"{name}@mail.aub.edu.lb", "password": PASSWORD % name}
        connection.ok("register", username=name, **person)
        logged_in = connection.ok("login", username=name, password=PASSWORD % name)
        self.tokens[name] = logged_in["token"]
        return connection

    def list_products(self, server: Server, count: int) -> list[int]:
        """Has the seller list so many products."""
        with self.login(server, "seller") as seller:
            return [
                seller.ok(
                    "sell", key=key(), name=f"Item {number}", price=usd(500),
                    category="textbooks", description="",
                )["product"]
                for number in range(count)
            ]

    def confirmed(self) -> int:
        """How many purchases were confirmed so far."""
        return sum(purchase.outcome == "confirmed" for purchase in self.purchases)

    def buy(self, connection: Connection, purchase: Purchase) -> dict[str, Any]:
        """Asks for it, notes what came of it, and returns the answer; an `OSError` leaves it unknown."""
        answer = connection.call(
            "buy", key=purchase.key, price=usd(500), product=purchase.product
        )
        if "ok" in answer:
            purchase.reply = connection.last_body
            purchase.outcome = "confirmed"
        elif set(answer["error"]["code"]) & {"unavailable", "internal"}:
            purchase.outcome = "unknown"
        else:
            purchase.outcome = "refused"
        return answer

    @contextmanager
    def buying(self, server: Server, products: list[int]) -> Iterator[Callable[[], bool]]:
        """All buyers buy these products at once, until each was asked for or the server is gone.

        Yields whether they are still at it.
        """
        connections = [(name, self.login(server, name)) for name in self.buyers()]
        waiting = iter(products)
        lock = threading.Lock()

        def work(name: str, connection: Connection) -> None:
            with connection:
                while True:
                    with lock:
                        product = next(waiting, None)
                        if product is None:
                            return
                        purchase = Purchase(name, product, key())
                        self.purchases.append(purchase)
                    try:
                        self.buy(connection, purchase)
                    except (OSError, Ended, ContractError):
                        return

        threads = [
            threading.Thread(target=work, args=buyer, daemon=True) for buyer in connections
        ]
        for thread in threads:
            thread.start()
        try:
            yield lambda: any(thread.is_alive() for thread in threads)
        finally:
            for thread in threads:
                thread.join()

    def judge(self, data: Path, checks: Checks) -> int:
        """Compares the database, which nobody has open, with what was confirmed; how many are lost."""
        database = sqlite3.connect(data / "auboutique.db")
        for pragma in ("integrity_check", "foreign_key_check"):
            found = database.execute(f"PRAGMA {pragma}").fetchall()
            checks.that(found in ([("ok",)], []), pragma, found)
        rows = {
            product: (buyer, bytes(key))
            for product, buyer, key in database.execute(
                "SELECT product, users.username, key FROM sales JOIN users ON users.id = sales.buyer"
            )
        }
        database.close()
        asked = {(p.product, p.buyer, p.key) for p in self.purchases}
        stored = {(product, *sale) for product, sale in rows.items()}
        checks.that(stored <= asked, "what is sold was asked for", stored - asked)
        return sum(
            rows.get(purchase.product) != (purchase.buyer, purchase.key)
            for purchase in self.purchases
            if purchase.outcome == "confirmed"
        )

    def repeat(self, server: Server, checks: Checks) -> None:
        """Repeats everything with the same keys: confirmations come again byte for byte."""
        for name in self.buyers():
            with self.login(server, name) as connection:
                for purchase in self.purchases:
                    if purchase.buyer != name or purchase.outcome == "refused":
                        continue
                    before = (purchase.outcome, _reply(purchase.reply))
                    self.buy(connection, purchase)
                    checks.that(purchase.outcome == "confirmed", "a repetition", purchase)
                    if before[0] == "confirmed":
                        checks.equal(_reply(purchase.reply), before[1], "the same confirmation")

    @staticmethod
    def buyers() -> list[str]:
        """The names of all who buy."""
        return [f"buyer{number}" for number in range(BUYERS)]


def _reply(frame: bytes) -> bytes:
    """A frame's bytes without the id, which counts the requests of a connection."""
    return frame[frame.find(b"\x62ok") :]


@dataclass
class Stage:
    """Where a command works."""

    binary: Path
    directory: Path
    checks: Checks
    settings: str = SETTINGS

    def start(
        self, data: Path, under: list[str] | None = None, options: list[str] | None = None
    ) -> ServerProcess:
        """Starts the server on this data."""
        settings = self.directory / "market.toml"
        settings.write_text(self.settings, "utf-8")
        return ServerProcess(
            self.binary, self.directory, self.checks, data,
            options=["--config", settings, *(options or [])], under=under or [],
        )

    def no_panic(self) -> None:
        """Nothing in the server's log says that it panicked."""
        log = (self.directory / "server.log").read_text("utf-8", "replace")
        self.checks.that("panicked" not in log, "no panic", log[-2000:])

    def prepare(self, data: Path, products: int) -> tuple[Market, list[int]]:
        """A market with its people and so many products, on a server that has stopped again."""
        market = Market()
        with self.start(data) as process:
            server = process.server()
            for name in market.buyers():
                market.login(server, name).stream.close()
            listed = market.list_products(server, products)
            process.ask_to_stop()
            process.stopped()
        return market, listed


def run(*command: str | Path) -> None:
    """Runs a command that must succeed."""
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def mounted(place: Path, *arguments: str | Path) -> Iterator[Path]:
    """Mounts something here for a while."""
    place.mkdir(exist_ok=True)
    run("mount", *arguments, place)
    try:
        yield place
    finally:
        run("umount", place)


def power_cuts(stage: Stage, times: int, is_control: bool) -> bool:
    """The machine loses its power under purchases, as far as its disk can tell.

    The data lies on an ext4 file system in an image. The server is stopped where it stands, and what has
    reached the image is copied: what a program or the file system still holds in memory is not in it. The
    copy is the disk after the cut. In the control nothing is ever synced, as with `synchronous=NORMAL`;
    there purchases must be lost, or a cut as it is made here proves nothing.
    """
    image, copy = stage.directory / "disk.img", stage.directory / "copy.img"
    run("truncate", "--size=128M", image)
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
    place = stage.directory / "mounted"
    with mounted(place, "-o", "loop", image):
        market, _ = stage.prepare(place / "data", 1)
    under = []
    if is_control:
        under = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null"]
        under += ["-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:retval=0"]
    cuts, lost, confirmed, unknown, starts = 0, 0, 0, 0, []
    for _ in range(times):
        with mounted(place, "-o", "loop", image):
            begun = time.monotonic()
            with stage.start(place / "data", under) as process:
                starts.append(time.monotonic() - begun)
                server = process.server()
                products = market.list_products(server, 60)
                # Only what is bought now is in danger.
                run("sync", "--file-system", place)
                cut_after = market.confirmed() + random.randint(1, 50)
                with market.buying(server, products) as goes_on:
                    while goes_on() and market.confirmed() < cut_after:
                        time.sleep(0.0005)
                    os.kill(process.ready["pid"], signal.SIGSTOP)
                    shutil.copyfile(image, copy)
                    os.kill(process.ready["pid"], signal.SIGKILL)
                process.process.wait()
            stage.no_panic()
        cuts += 1
        confirmed = market.confirmed()
        unknown += sum(purchase.outcome == "unknown" for purchase in market.purchases)
        copy.replace(image)
        with mounted(place, "-o", "loop", image):
            lost += market.judge(place / "data", stage.checks if not is_control else Checks())
            if not is_control:
                with stage.start(place / "data") as process:
                    market.repeat(process.server(), stage.checks)
                    process.ask_to_stop()
                    process.stopped()
        if is_control and lost:
            break
    what = "power cuts without any sync" if is_control else "power cuts"
    print(
        f"{what} {cuts}: {confirmed} confirmed sales, {lost} lost, {unknown} unknown at a cut, "
        f"ready after {max(starts) * 1000:.0f} ms at most"
    )
    return lost > 0 if is_control else lost == 0


def syncs(stage: Stage, times: int) -> bool:
    """Each of many purchases, one after the other, is synced before it is confirmed."""
    market, products = stage.prepare(stage.directory / "data", times)
    trace = stage.directory / "trace"
    under = ["strace", "-f", "-qq", "-y", "--seccomp-bpf", "-e", "trace=fdatasync,fsync", "-o", str(trace)]

    def count() -> int:
        return sum("auboutique.db-wal" in line for line in trace.read_text("utf-8").splitlines())

    with stage.start(stage.directory / "data", under) as process:
        with market.login(process.server(), "buyer0") as buyer:
            before = count()
            for product in products:
                purchase = Purchase("buyer0", product, key())
                market.purchases.append(purchase)
                market.buy(buyer, purchase)
                stage.checks.equal(purchase.outcome, "confirmed", "a purchase")
            synced = count() - before
        process.ask_to_stop()
        process.process.wait(END_SECONDS)
    lost = market.judge(stage.directory / "data", stage.checks)
    stage.no_panic()
    print(f"syncs of {times} purchases: {synced} of the write-ahead log, {lost} lost")
    return synced >= times and lost == 0


def failing_calls(stage: Stage, times: int) -> bool:
    """The nth call of a thread fails: n = 1 … times, for each call and error.

    The server must either answer truly or end with an error; afterwards, on a sound disk, everything that
    was confirmed is there.
    """
    prepared = stage.directory / "prepared"
    market, products = stage.prepare(prepared, 24)
    counts = {"served": 0, "refused to start": 0, "ended by itself": 0}
    lost, confirmed = 0, 0
    for call, error, nth in itertools.product(CALLS, ERRORS, range(1, times + 1)):
        data = _fresh_copy(stage, prepared)
        now = Market(tokens=market.tokens)
        under = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={call}"]
        under += ["-e", f"inject={call}:error={error}:when={nth}"]
        try:
            process = stage.start(data, under)
        except RuntimeError:
            counts["refused to start"] += 1
        else:
            with process:
                try:
                    with now.buying(process.server(), products):
                        pass
                    process.ask_to_stop()
                except (OSError, Ended, ContractError):
                    pass
                code = process.process.wait(END_SECONDS)
                counts["served" if code == 0 else "ended by itself"] += 1
        confirmed += now.confirmed()
        lost += _settle(stage, data, now)
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    print(
        f"failing calls {sum(counts.values())}: {outcomes}; {confirmed} confirmed sales, {lost} lost"
    )
    return lost == 0


def crash_points(stage: Stage, times: int) -> bool:
    """The process dies as it enters the nth call of a thread under logins and purchases: n = 1 … times.

    So it dies at every step of a commit and of its answer. A purchase must then be there in whole or not
    at all, and its key must get it afterwards. A call at which nothing died shows nothing, and fails.
    """
    prepared = stage.directory / "prepared"
    market, products = stage.prepare(prepared, 24)
    deaths = dict.fromkeys(DEATHS, 0)
    lost, confirmed, unknown = 0, 0, 0
    for call, nth in itertools.product(DEATHS, range(1, times + 1)):
        data = _fresh_copy(stage, prepared)
        now = Market(tokens=market.tokens)
        with stage.start(data) as process:
            fault = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={nth}"]
            with _traced(process.ready["pid"], fault):
                try:
                    with now.buying(process.server(), products):
                        pass
                    process.ask_to_stop()
                except (OSError, Ended, ContractError):
                    pass
                deaths[call] += process.process.wait(END_SECONDS) == -signal.SIGKILL
        confirmed += now.confirmed()
        unknown += sum(purchase.outcome == "unknown" for purchase in now.purchases)
        lost += _settle(stage, data, now)
    killed = ", ".join(f"{number} at {call}" for call, number in deaths.items())
    print(
        f"crash points {len(DEATHS) * times}: killed {killed}; {confirmed} confirmed sales, {lost} lost, "
        f"{unknown} without an answer"
    )
    return lost == 0 and all(deaths.values())


@contextmanager
def _traced(pid: int, fault: list[str]) -> Iterator[None]:
    """Has strace hold all threads of this process for a while."""
    command = ["strace", "-f", "-o", "/dev/null", *fault, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            # Its first line says that it is attached, or why it is not.
            said = tracer.stderr.readline()
            if "attached" not in said:
                raise RuntimeError(f"strace: {said}")
            yield
        finally:
            tracer.terminate()


def _fresh_copy(stage: Stage, prepared: Path) -> Path:
    """The prepared data as it was, for one server."""
    data = stage.directory / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(prepared, data)
    return data


def _settle(stage: Stage, data: Path, market: Market) -> int:
    """Repeats everything on a server without faults, and judges; how many sales are lost."""
    stage.no_panic()
    with stage.start(data) as process:
        market.repeat(process.server(), stage.checks)
        process.ask_to_stop()
        process.stopped()
    return market.judge(data, stage.checks)


def full_disk(stage: Stage, times: int) -> bool:
    """The disk fills up under purchases, and is given room again without a restart."""
    lost, refusals, longest = 0, 0, 0.0
    for number in range(times):
        place = stage.directory / f"small{number}"
        with mounted(place, "-t", "tmpfs", "-o", "size=32m", "tmpfs"):
            market, products = stage.prepare(place / "data", 400)
            # Its log begins empty: one that has been copied back has room of its own for some time.
            with stage.start(place / "data") as process:
                server = process.server()
                filler = place / "filler"
                with filler.open("wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(bytes(4096))
                    except OSError:
                        pass
                    # How much is left is drawn, so that the end comes at different places.
                    file.truncate(max(0, filler.stat().st_size - random.randint(0, 64) * 4096))
                with market.buying(server, products):
                    pass
                unsold = [p for p in market.purchases if p.outcome != "confirmed"]
                refusals += len(unsold)
                stage.checks.that(bool(unsold), "the disk was full")
                stage.checks.equal(process.process.poll(), None, "the server runs on")
                run("mount", "-o", "remount,size=64m", place)
                longest = max(longest, _sells_again(market, server, unsold[0], stage.checks))
                for name in market.buyers():
                    with market.login(server, name) as connection:
                        for purchase in unsold:
                            if purchase.buyer == name:
                                market.buy(connection, purchase)
                stage.checks.equal(market.confirmed(), len(products), "what is sold in the end")
                process.ask_to_stop()
                process.stopped()
            stage.no_panic()
            lost += market.judge(place / "data", stage.checks)
            with stage.start(place / "data") as process:
                market.repeat(process.server(), stage.checks)
    print(
        f"full disks {times}: {refusals} purchases answered with an error, the next one "
        f"confirmed {longest * 1000:.0f} ms after there was room at most, {lost} lost"
    )
    return lost == 0


def _sells_again(market: Market, server: Server, purchase: Purchase, checks: Checks) -> float:
    """Repeats this with the same key until it is confirmed; how many seconds that took."""
    begun = time.monotonic()
    with market.login(server, purchase.buyer) as connection:
        while purchase.outcome != "confirmed" and time.monotonic() - begun < RECOVER_SECONDS:
            market.buy(connection, purchase)
    checks.equal(purchase.outcome, "confirmed", "a purchase when there is room")
    return time.monotonic() - begun


def main() -> int:
    """Runs one command; the exit code is 0 when its figures are reached."""
    parser = argparse.ArgumentParser(
        prog="storage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server-binary", type=Path, default=SERVER_BINARY, metavar="PATH")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, times, text in (
        ("power-cuts", 50, "copy the disk at some moment, and go on with the copy (root)"),
        ("power-cuts-control", 5, "the same without any sync, which must lose sales (root, strace)"),
        ("syncs", 200, "count the syncs of purchases one after the other (strace)"),
        ("failing-calls", 100, "fail the nth call of a thread (strace)"),
        ("crash-points", 25, "kill the server as it enters the nth call of a thread (strace)"),
        ("full-disk", 10, "fill the disk, then give it room (root)"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("times", type=int, nargs="?", default=times, help=f"default {times}")
    arguments = parser.parse_args()
    if arguments.times < 1:
        parser.error("at least once")
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="auboutique-storage-") as directory:
        stage = Stage(arguments.server_binary.resolve(), Path(directory), checks)
        held = {
            "power-cuts": lambda: power_cuts(stage, arguments.times, is_control=False),
            "power-cuts-control": lambda: power_cuts(stage, arguments.times, is_control=True),
            "syncs": lambda: syncs(stage, arguments.times),
            "failing-calls": lambda: failing_calls(stage, arguments.times),
            "crash-points": lambda: crash_points(stage, arguments.times),
            "full-disk": lambda: full_disk(stage, arguments.times),
        }[arguments.command]()
    return 0 if held and checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
