"""Components that are not installed, at hand for commands while they are tested."""

from collections.abc import Iterator
from contextlib import contextmanager

from seqrec_core.errors import UnknownComponentError
from seqrec_core.session import registry
from seqrec_tool_conformance.subject import Subject

__all__ = ["at_hand"]


@contextmanager
def at_hand(subject: Subject) -> Iterator[None]:
    """Registers the spec class of a subject for a while, unless it is installed or registered."""
    try:
        registry.of_spec(subject.cls)
    except UnknownComponentError:
        component = registry.register(subject.component.name, subject.cls)
        try:
            yield
        finally:
            registry.unregister(component)
    else:
        yield
