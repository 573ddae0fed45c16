"""Counts instructions with callgrind. See `instructions` beside this file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOTED = Path("benches/instructions.json")
# How much longer a path may be than it was. Buying crosses threads, whose turns are not always the same, and a
# request is so short that the start of the program shows through; other processors have other ways to copy. A race
# came to within 2 % of itself, and what it has to be kept from made it 15 % longer.
TOLERANCE = {"buy": 0.30, "race": 0.12, "request": 0.30}
TOLERANCE_ELSEWHERE = 0.20
# So often is each taken, beside a run that takes it once: the difference has no start in it.
TIMES = {"scan": 2_000, "request": 2_000, "list": 2_000, "buy": 200, "race": 100, "page": 200}
WITHIN_SECONDS = 300


def instructions(program: str, path: str, times: int) -> int:
    """Of a whole run."""
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, path,
             str(times), f"{directory}/data"],
            capture_output=True, text=True, check=False, timeout=WITHIN_SECONDS,
        )
    counted = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or counted is None:
        sys.exit(f"{path} failed under valgrind:\n{run.stderr}")
    return int(counted[1])


def main() -> None:
    """Counts, and compares or notes down."""
    program, write = sys.argv[1], sys.argv[2:] == ["--write"]
    noted = {} if write else json.loads(NOTED.read_text("utf-8"))
    counts, longer = {}, []
    for path, times in TIMES.items():
        whole = instructions(program, path, times + 1) - instructions(program, path, 1)
        counts[path] = round(whole / times)
        before = noted.get(path, counts[path])
        change = counts[path] / before - 1
        print(f"{path:<8} {counts[path]:>9,} instructions each time, {change:+.1%}")
        if change > TOLERANCE.get(path, TOLERANCE_ELSEWHERE):
            longer.append(path)
    if write:
        NOTED.write_text(json.dumps(counts, indent=2) + "\n", "utf-8")
    if longer:
        sys.exit(f"longer than it was: {', '.join(longer)}; if that is wanted, --write")


if __name__ == "__main__":
    main()
