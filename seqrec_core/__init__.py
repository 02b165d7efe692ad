"""Core of seqrec: specs, registry and build for sequential recommenders made of plugins."""

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.session import Session, dump, load, registry, resolve

__all__ = ["Bundle", "Session", "build", "dump", "load", "registry", "resolve"]
