"""Core of seqrec: specs, registry and build for sequential recommenders made of plugins."""

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.loading import load
from seqrec_core.registry import registry
from seqrec_core.resolve import resolve

__all__ = ["Bundle", "build", "load", "registry", "resolve"]
