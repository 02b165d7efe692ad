"""Editions of the suites: a check that came later fails nobody who pins an older one."""

import functools
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from packaging.version import Version

__all__ = ["FIRST", "check_edition", "since"]

FIRST = "2.0"
Check = Callable[[Any], None]


def since(edition: str) -> Callable[[Check], Check]:
    """Marks a check as new in an edition: suites that pin an older one skip it where it fails.

    The skip says what will fail. A suite pins an edition by `edition = "2.0"`.
    """

    def mark(check: Check) -> Check:
        @functools.wraps(check)
        def lenient(suite: Any) -> None:
            try:
                check(suite)
            except Exception as cause:
                if not suite.edition or Version(suite.edition) >= Version(edition):
                    raise
                pytest.skip(
                    f"{check.__name__} is new in edition {edition}, and fails with it, while "
                    f"{type(suite).__name__} pins {suite.edition}: {cause}"
                )

        return lenient

    return mark


def check_edition(edition: str) -> None:
    """Raises TypeError for an edition that cannot be pinned; "" is the newest."""
    newest = Version(version("seqrec-tool-conformance"))
    if edition and not Version(FIRST) <= Version(edition) <= newest:
        raise TypeError(
            f"edition {edition!r} is not one of those here, {FIRST} to {newest}; pin one of them, "
            f'or install "seqrec-tool-conformance>={edition}"'
        )
