"""Which distributions bring back what a bundle was made with, as pip asks for them."""

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import attrs
from packaging.version import Version

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError
from seqrec_core.lock import LOCK, check_code
from seqrec_core.trust import is_distribution

__all__ = ["Pin", "pins", "without_distribution"]

BESIDE_THE_LOCK = ("seqrec-core", "torch")  # by what is installed: a lock has no row of them


@attrs.frozen
class Pin:
    """A distribution, and the one version of it, or "" where none is known."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" if self.version else self.name


def pins(bundle: Bundle, *, to_serve: bool = False) -> list[Pin]:
    """Every distribution that the lock names by its version there; the core and torch as of here.

    `to_serve` keeps what answers need, which metadata tell: it raises BundleError, with the
    `pip install` line, where one of those is not installed. Raises it for a damaged table, too.
    """
    locked = {pin.name: pin for pin in _locked(bundle)}
    names = {*locked}
    if to_serve:
        names &= check_code(bundle.lock, bundle.path, bundle.session.registry, to_serve=True)
    return [*_beside(), *(locked[name] for name in sorted(names))]


def without_distribution(bundle: Bundle) -> list[str]:
    """Components of a lock that no distribution brings: their code has to come along."""
    rows = bundle.lock.get("distributions", {})
    return [name for name in bundle.lock.get("components", {}) if name.split(":")[0] not in rows]


def _locked(bundle: Bundle) -> Iterator[Pin]:
    table: Any = bundle.lock.get("distributions", {})
    rows = table.items() if isinstance(table, Mapping) else [(table, None)]
    for name, row in rows:
        of_it = row.get("version") if isinstance(row, Mapping) else None
        if not isinstance(of_it, str) or not is_distribution(name, of_it):
            raise BundleError(
                f"{bundle.path / LOCK} names a distribution that can be none: {str(name)[:80]!r}, "
                f"version {str(of_it)[:80]!r}; restore the file"
            )
        yield Pin(name, of_it)


def _beside() -> Iterator[Pin]:
    for name in BESIDE_THE_LOCK:
        try:
            yield Pin(name, Version(version(name)).public)  # builds of one differ, as +cpu does
        except PackageNotFoundError:
            continue
