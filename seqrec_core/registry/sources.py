"""The source files of a plugin's packages, found without importing them."""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path


def packages_of(distribution: str) -> list[str]:
    """The packages that an installed distribution says it has, else that of its name."""
    said = importlib.metadata.metadata(distribution).get_all("Import-Name") or ()
    return list(said) or [distribution.replace("-", "_").lower()]


def sources(package: str) -> Iterator[Path]:
    """Python files of a package, or of a module at the top."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return
    for folder in spec.submodule_search_locations or ():
        yield from Path(folder).rglob("*.py")
    if not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin)


def digest_of(packages: Iterable[str]) -> str:
    """A digest of the code of packages, the same however they were installed."""
    digest = hashlib.sha256()
    for file in (file for package in sorted(packages) for file in sorted(sources(package))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"
