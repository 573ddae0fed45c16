"""Floods, slow peers, secrets, long use: what one peer does must not cost the others.

Each command prints one line with its figures, and fails when a promise was broken, or when the log of the
server holds a panic. The server is driven by the independent client in protocol/interop.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from storage import SERVER_BINARY, Checks, Stage

from clock_jumps import clock_jumps
from exhaustion import descriptors, slow_readers
from login_flood import login_flood
from logins import user_timing
from markers import markers
from pauses import pauses, slow_disk
from peers import many_descriptors
from reloads import reload_storm
from slow_peers import slowloris
from soak import MINUTES_MIN, soak


def main() -> int:
    """Runs one command; the exit code is 0 when its figures are reached."""
    parser = argparse.ArgumentParser(
        prog="floods", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server-binary", type=Path, default=SERVER_BINARY, metavar="PATH")
    commands = parser.add_subparsers(dest="command", required=True)
    for function, times, text in (
        (user_timing, 400, "wrong passwords of a user who exists and of one who does not"),
        (slowloris, 500, "slow peers at each deadline of the protocol"),
        (login_flood, 300, "logins at once, with right and wrong passwords"),
        (reload_storm, 100, "new certificates while clients shake hands"),
        (markers, 1, "what only members may know, and where it is found"),
        (soak, 30, "ordinary use for so many minutes"),
        (pauses, 20, "a machine that stands still for up to three seconds"),
        (clock_jumps, 20, "a clock that jumps by up to ten days (libfaketime)"),
        (slow_disk, 100, "a disk that takes 200 ms for a sync, and so many purchases (strace)"),
        (descriptors, 100, "a server with so many descriptors, and more peers than that"),
        (slow_readers, 50, "members who watch, ask, and read nothing"),
    ):
        name = function.__name__.replace("_", "-")
        command = commands.add_parser(name, help=text, description=function.__doc__)
        command.set_defaults(function=function)
        command.add_argument("times", type=int, nargs="?", default=times, help=f"default {times}")
        if function is slowloris:
            command.add_argument(
                "--deadline-max", type=float, default=90, metavar="SECONDS",
                help="leave out deadlines above this",
            )
        elif function is login_flood:
            command.add_argument(
                "--seconds", type=float, default=20, metavar="SECONDS", help="default 20"
            )
        elif function is user_timing:
            command.add_argument(
                "--by-rank", action="store_true",
                help="medians further apart than that are chance where ranks say so: for a machine that does "
                "other things as well",
            )
    arguments = parser.parse_args()
    if arguments.times < 1:
        parser.error("at least one")
    if arguments.function is soak and arguments.times < MINUTES_MIN:
        parser.error(f"at least {MINUTES_MIN} minutes")
    options = vars(arguments)
    binary, function = options.pop("server_binary").resolve(), options.pop("function")
    del options["command"]
    many_descriptors()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="auboutique-floods-") as directory:
        held = function(Stage(binary, Path(directory), checks), **options)
    return 0 if held and checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
