"""Counts what held and what did not."""

from __future__ import annotations

import sys


class Checks:
    """Each check is one line of the result; a failed one is printed at once."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        # Names of requests that were answered with success, and of events that came.
        self.answered: set[str] = set()
        self.heard: set[str] = set()

    def that(self, holds: bool, what: str, detail: object = "") -> bool:
        """Counts one check and returns whether it held."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what} {detail}".rstrip(), file=sys.stderr)
        return holds

    def equal(self, found: object, expected: object, what: str) -> bool:
        """Counts whether two values are equal."""
        return self.that(found == expected, what, f"(found {found!r}, expected {expected!r})")

    def finish(self) -> int:
        """Prints the result line and returns the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 and self.passed > 0 else 1
