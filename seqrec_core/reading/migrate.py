"""What older versions of components wrote, in the words of the installed ones."""

import copy
from operator import index
from typing import Any

from seqrec_core.errors import Fault, SpecError
from seqrec_core.registry.component import Component


class MigrationError(Exception):
    """Fields cannot be brought to the installed version; the message says why, and the remedy."""


def migrated(raw: dict[str, Any], component: Component, written: int) -> dict[str, Any]:
    """The fields that version `written` of a component wrote, as the installed one names them.

    Raises MigrationError where a newer version wrote them, or a step is missing or fails.
    """
    cls = component.spec
    origin = f"written by version {written} of {component.canonical}; installed is version "
    if written > cls.version:
        raise MigrationError(f"{origin}{cls.version}: upgrade {component.distribution}")
    for version in range(written, cls.version):
        step = f"{origin}{cls.version}, whose migration from {version} to {version + 1}"
        remedy = f"install the version of {component.distribution} that wrote it"
        if version not in cls.migrations:
            raise MigrationError(f"{step} is missing: {remedy}")
        try:
            raw = cls.migrations[version](copy.deepcopy(raw))
        except Exception as cause:
            raise MigrationError(f"{step} failed with {cause!r}: {remedy}") from cause
    return raw


def versions_of(components: Any) -> dict[str, int]:
    """The version of each component in the table of a lock, by canonical name.

    Raises SpecError for what is no such table.
    """
    try:
        return {name: index(entry["version"]) for name, entry in components.items()}
    except (AttributeError, KeyError, TypeError):
        shape = 'expected {"distribution:name": {"version": 1}, …}, as seqrec writes it'
        raise SpecError([Fault("components", f"{shape}; restore the file")]) from None
