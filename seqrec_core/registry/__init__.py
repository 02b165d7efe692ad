"""Which kinds and components are installed: found in metadata, imported one at a time."""

from seqrec_core.registry.component import LOCAL, Component
from seqrec_core.registry.installed import Point
from seqrec_core.registry.kind import Kind
from seqrec_core.registry.registry import Registry

__all__ = ["LOCAL", "Component", "Kind", "Point", "Registry"]
