"""Starts and stops the server under test."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from checks import Checks
from connection import Server

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class ServerProcess:
    """A server with a data directory of its own, on a free port of the loopback."""

    def __init__(
        self,
        binary: Path,
        directory: Path,
        checks: Checks,
        data: Path | None = None,
        options: Sequence[str | Path] = (),
        under: Sequence[str | Path] = (),
    ) -> None:
        """Starts it, with these options more, as an argument of the command in `under`."""
        self.checks = checks
        self.data = data or directory / "data"
        self.log = directory / "server.log"
        ready = directory / "ready.json"
        ready.unlink(missing_ok=True)
        command = [*under, binary, "0", "--listen", "127.0.0.1", "--name", "localhost"]
        command += ["--data-dir", self.data, "--ready-file", ready, *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )
        self.is_wrapped = bool(under)
        try:
            self.ready = self._wait_until_ready(ready)
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Ends it at once, and the command around it; nothing if it has ended."""
        if self.process.poll() is not None:
            return
        for child in self._children() if self.is_wrapped else ():
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        else:
            self.process.kill()
        self.process.wait()

    def _children(self) -> list[int]:
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [int(child) for child in text.split()]

    def server(self) -> Server:
        """Where the server is, after a look at the certificate authority that it made."""
        authority = self.data / "tls" / "ca.pem"
        der = ssl.PEM_cert_to_DER_cert(authority.read_text("ascii"))
        digest = hashlib.sha256(der).hexdigest()
        fingerprint = str(self.ready["ca_fingerprint"]).replace(":", "").lower()
        self.checks.equal(fingerprint, digest, "the fingerprint of the authority")
        if not self.is_wrapped:
            self.checks.equal(self.ready["pid"], self.process.pid, "the process id")
        host, port = self.ready["addresses"]["member"].rsplit(":", 1)
        return Server((host, int(port)), str(authority), self.checks)

    def ask_to_stop(self) -> None:
        """Sends SIGTERM."""
        os.kill(self.ready["pid"], signal.SIGTERM)

    def stopped(self) -> None:
        """The server must end by itself with exit code 0."""
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.checks.that(False, f"the server stops within {STOP_SECONDS:.0f} s")
        else:
            self.checks.equal(code, 0, "the exit code of the server")

    def last_lines(self) -> str:
        """The end of what the server wrote."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-20:])

    def _wait_until_ready(self, file: Path) -> dict[str, Any]:
        deadline = time.monotonic() + START_SECONDS
        while not file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.last_lines()}")
            time.sleep(0.02)
        return json.loads(file.read_text("utf-8"))
