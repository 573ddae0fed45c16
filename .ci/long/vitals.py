"""What a process takes of its machine, and how fast it answers meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from storage import Checks, Connection

READ_EVERY_SECONDS = 0.02
SETTLE_SECONDS = 5.0
# Who reads must not have to wait longer for an answer, but for one of a hundred.
READ_P99_MAX_MS = 250


def memory_kib(pid: int, what: str = "VmRSS") -> int:
    """Memory that the process holds now, or at most so far (`VmHWM`)."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0])
    raise RuntimeError(f"no {what} of process {pid}")


def forget_peak(pid: int) -> None:
    """Has `VmHWM` begin anew with what the process holds now (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def descriptors(pid: int) -> int:
    """How many descriptors the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def sockets(pid: int) -> int:
    """How many sockets the process has open."""
    count = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += os.readlink(descriptor).startswith("socket:")
        except FileNotFoundError:
            pass
    return count


def settles(measure: Callable[[], int], most: int) -> bool:
    """Whether it comes down to this, within the time that the server needs to see that peers are gone."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while measure() > most:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used."""
    # The name of the program, in parentheses, may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Reading:
    """Somebody who is logged in and asks all the time, each request after the answer to the one before."""

    def __init__(self, connection: Connection, checks: Checks) -> None:
        self.connection = connection
        self.checks = checks
        self.seconds: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Reading:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self.connection.stream.close()

    def p99_ms(self) -> float:
        """How long an answer took, but for one of a hundred."""
        return percentile(self.seconds, 99) * 1000 if self.seconds else float("inf")

    def _read(self) -> None:
        try:
            while not self._is_over.is_set():
                for name, body in (("ping", {}), ("list_products", {"limit": 20})):
                    begun = time.monotonic()
                    self.connection.ok(name, **body)
                    self.seconds.append(time.monotonic() - begun)
                    self._is_over.wait(READ_EVERY_SECONDS)
        except Exception as error:
            self.checks.that(False, "whoever reads is served", repr(error))
