"""Which suite tests which component: entry points of the group `seqrec.suites`, named by kind."""

from collections.abc import Mapping
from typing import Any

from seqrec_core.errors import AmbiguousNameError, RegistryError
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import SUITES, clash
from seqrec_core.session import registry
from seqrec_core.spec import Spec
from seqrec_tool_conformance.suite import Conformance

__all__ = ["conformance", "suite_for", "suite_of_kind"]


def suite_of_kind(kind: str, registry: Registry = registry) -> type[Conformance]:
    """The suite that a distribution declares for a kind.

    Raises RegistryError where none does or it is none, and AmbiguousNameError where several do.
    """
    points = [p for p in registry.points if p.group == SUITES and p.name == kind]
    if not points:
        raise RegistryError(
            f"there is no suite for the kind {kind!r}; a distribution declares one under "
            f'[project.entry-points."{SUITES}"], a class based on GeneralConformance'
        )
    if len(points) > 1:
        raise AmbiguousNameError(f"a suite for the kind {kind!r} {clash(points)}")
    suite = points[0].load_as(f"the suite for the kind {kind!r}")
    if not (isinstance(suite, type) and issubclass(suite, Conformance)):
        raise RegistryError(
            f"the suite for the kind {kind!r} of {points[0].distribution}: {points[0].value} is no "
            "class based on Conformance of seqrec_tool_conformance"
        )
    return suite


def suite_for(cls: type[Spec], registry: Registry = registry) -> type[Conformance]:
    """The suite for components of a spec class: what that of its kind says, as of two towers."""
    return suite_of_kind(cls.kind, registry).suite_of(cls)


def conformance(
    kind: str,
    component: str,
    *,
    settings: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    exceptions: Mapping[str, str] | None = None,
    **attributes: Any,
) -> type[Conformance]:
    """Makes the suite of an installed component in one line; arguments as in `Conformance`.

    `attributes` are others that the suite has, such as `edition` or `columns`. Raises RegistryError
    for a component that is not installed, TypeError for an attribute that the suite lacks.
    """
    suite = suite_for(registry[kind, component].spec)
    for name in attributes:
        if name.startswith("_") or name not in dir(suite):
            raise TypeError(f"{suite.__name__} has no attribute {name!r} to set")
    body = {
        "component": component,
        "settings": settings or {},
        "extra": extra or {},
        "exceptions": exceptions or {},
        **attributes,
        "__doc__": f"Conformance of the {kind} {component}.",
    }
    name = f"Test{component.rpartition(':')[2].title().replace('_', '')}"
    return type(name, (suite,), body)
