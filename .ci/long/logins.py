"""Passwords: how long it takes to say that one is wrong, and what a flood of logins does."""

from __future__ import annotations

import math
import random
import statistics
import time
from dataclasses import replace

from storage import PASSWORD, Market, Server, Stage

from contract import decode
from peers import OPEN_ADMISSION, OPEN_THROTTLE, framed, sources

TIMING_DIFFERENCE_MAX = 0.05


def user_timing(stage: Stage, times: int, by_rank: bool = False) -> bool:
    """Wrong passwords of a user who exists and of one who does not, in turn, each from another source.

    The answer must be the same in every byte, and take as long: the medians may be 5 % apart.
    """
    stage.settings = OPEN_ADMISSION + OPEN_THROTTLE
    market = Market()
    seconds: dict[str, list[float]] = {"existing": [], "wanting": []}
    answers: dict[bytes, int] = {}
    source = sources()
    with stage.start(stage.directory / "data") as process:
        server = process.server()
        market.login(server, "existing").stream.close()
        for _ in range(times):
            names = list(seconds)
            random.shuffle(names)
            for name in names:
                took, answer = _wrong_login(replace(server, source=next(source)), name)
                seconds[name].append(took)
                answers[answer] = answers.get(answer, 0) + 1
        process.ask_to_stop()
        process.stopped()
    stage.no_panic()
    stage.checks.equal(len(answers), 1, "every answer is the same in every byte")
    for answer in answers:
        code = decode(answer[4:]).get("error", {}).get("code")
        stage.checks.equal(code, {"auth_failed": {}}, "the answer")
    existing, wanting = (statistics.median(values) * 1000 for values in seconds.values())
    difference = abs(existing - wanting) / min(existing, wanting)
    guessed = _guessed_right(*seconds.values())
    print(
        f"wrong logins {times} + {times}: {len(answers)} different answers; median {existing:.2f} ms with a "
        f"user, {wanting:.2f} ms without, {difference * 100:.1f} % apart; an answer by its time alone "
        f"would guess right {guessed * 100:.0f} times of 100"
    )
    # What chance does (the standard error of Mann and Whitney's statistic), three times.
    is_chance = guessed - 0.5 <= 3 * math.sqrt((2 * times + 1) / 12) / times
    return difference <= TIMING_DIFFERENCE_MAX or (by_rank and is_chance)


def _wrong_login(server: Server, name: str) -> tuple[float, bytes]:
    """How long the answer took, and the answer."""
    with server.connect() as connection:
        call = {"login": {"username": name, "password": PASSWORD % "somebody else"}}
        request = framed({"id": 1, "call": call})
        begun = time.perf_counter()
        connection.stream.sendall(request)
        answer = connection.stream.recv(4096)
        return time.perf_counter() - begun, answer


def _guessed_right(first: list[float], second: list[float]) -> float:
    """How often, of a pair of one each, the shorter is of the one that is shorter on the whole."""
    shorter = sum((a < b) + (a == b) / 2 for a in first for b in second) / len(first) / len(second)
    return max(shorter, 1 - shorter)
