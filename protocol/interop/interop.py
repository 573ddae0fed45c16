"""An independent client of AUBoutique, written from docs/PROTOCOL.md and auboutique.cddl alone.

`vectors` validates every vector against the CDDL and broken variants of them. `market` starts a
server and plays a small market against it. See run.sh.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import market
import vectors
from checks import Checks


def main() -> int:
    """Runs one command; the exit code is 0 when all checks passed."""
    parser = argparse.ArgumentParser(description="independent client of AUBoutique")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("vectors", help="check the vectors and the CDDL")
    play = commands.add_parser("market", help="play a market against a server")
    play.add_argument("--server-binary", type=Path, required=True, metavar="PATH")
    arguments = parser.parse_args()

    checks = Checks()
    if arguments.command == "vectors":
        vectors.run(checks)
    else:
        market.run(checks, arguments.server_binary)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
