"""Settings of components that not every one of their kind has."""

from typing import Any

import attrs

from seqrec_core.spec import Spec

__all__ = ["setting"]


def setting(spec: Spec | None, name: str, default: Any = None) -> Any:
    """The value of a spec's field, or the default where it has no such field, or is None."""
    fields = {} if spec is None else attrs.asdict(spec, recurse=False)
    return fields.get(name, default)
