"""New certificates while members come: nobody notices."""

from __future__ import annotations

import hashlib
import os
import signal
import ssl
import threading
import time

from storage import TARGET, Checks, Market, Server, Stage, run

from peers import OPEN_ADMISSION

CERTS_BINARY = TARGET / "debug" / "auboutique-certs"
CLIENTS = 4
KEPT = 5
# Without SIGHUP the server finds a new certificate by itself, after two looks two seconds apart.
SEEN_SECONDS_MAX = 1.9


class Handshakes:
    """Clients that connect, shake hands in full, ping and go, all the time."""

    def __init__(self, server: Server, checks: Checks) -> None:
        self.server = server
        self.checks = checks
        self.done = 0
        self.failed = 0
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._come_and_go) for _ in range(CLIENTS)]

    def __enter__(self) -> Handshakes:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _come_and_go(self) -> None:
        while not self._is_over.is_set():
            try:
                with self.server.connect() as connection:
                    connection.ok("ping")
            except Exception as error:
                self.checks.that(False, "a handshake", repr(error))
                with self._lock:
                    self.failed += 1
            else:
                with self._lock:
                    self.done += 1


def reload_storm(stage: Stage, times: int) -> bool:
    """The certificate is issued anew and the server told (SIGHUP), so many times, while clients shake hands.

    Each new certificate must be shown, no handshake fail, and open connections stay.
    """
    stage.settings = OPEN_ADMISSION
    market, data, longest, shown = Market(), stage.directory / "data", 0.0, set()
    with stage.start(data) as process:
        server, pid = process.server(), process.ready["pid"]
        kept = [market.login(server, f"member{number}") for number in range(KEPT)]
        first = _shown(server)
        with Handshakes(server, stage.checks) as handshakes:
            for _ in range(times):
                run(CERTS_BINARY, "renew", "--data-dir", data, "--name", "localhost")
                pem = (data / "tls" / "server.pem").read_text("ascii")
                issued = _fingerprint(ssl.PEM_cert_to_DER_cert(_first_of(pem)))
                begun = time.monotonic()
                os.kill(pid, signal.SIGHUP)
                while (now := _shown(server)) != issued and time.monotonic() - begun < SEEN_SECONDS_MAX:
                    pass
                stage.checks.equal(now, issued, "the certificate that is shown")
                longest = max(longest, time.monotonic() - begun)
                shown.add(now)
        for connection in kept:
            with connection:
                connection.ok("ping")
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    stage.checks.equal(len(shown - {first}), times, "how many certificates were shown")
    print(
        f"reloads {times}: {len(shown - {first})} new certificates shown, each {longest * 1000:.0f} ms after "
        f"SIGHUP at most; {handshakes.done} full handshakes with a ping meanwhile, {handshakes.failed} failed; "
        f"{KEPT} connections from before still open"
    )
    return handshakes.failed == 0 and handshakes.done > 0


def _first_of(pem: str) -> str:
    """The first certificate of a chain."""
    end = "-----END CERTIFICATE-----"
    return pem[: pem.index(end) + len(end)]


def _shown(server: Server) -> str:
    """The fingerprint of the certificate that the server shows now."""
    with server.connect() as connection:
        return _fingerprint(connection.stream.getpeercert(binary_form=True))


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
