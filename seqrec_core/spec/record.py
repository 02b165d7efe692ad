"""What every spec is: plain, frozen data whose fields are declared by helpers."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar, dataclass_transform

import attrs

from seqrec_core.spec.fields import INFO, required
from seqrec_core.spec.needs import Needs

T = TypeVar("T")
_CLASS_SETTINGS = (
    *("kind", "target", "runtime", "version", "migrations", "source", "serves", "api"),
    *("callback_apis", "checkpoint", "fixed_by_checkpoint", "needs_negatives"),
)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(required,))
def spec(cls: type[T]) -> type[T]:
    """Makes a class a spec: frozen, keyword-only, every field declared by a helper.

    Raises TypeError for a field without a helper, and for class settings such as `target`
    that an annotation turned into a field.
    """
    for name in inspect.get_annotations(cls):
        if name in _CLASS_SETTINGS and issubclass(cls, Spec):
            raise TypeError(f"{cls.__name__}.{name} is a class setting; remove its annotation")
    spec_class = attrs.frozen(cls, kw_only=True, auto_attribs=True)
    attributes: Any = attrs.fields(spec_class)  # type: ignore[arg-type]
    for attribute in attributes:
        if INFO not in attribute.metadata:
            raise TypeError(
                f"{cls.__name__}.{attribute.name}: declare it with param(), required(), "
                "inherited(), component() or components(), so that it has a help text"
            )
    return spec_class


Migration = Callable[[dict[str, Any]], dict[str, Any]]


@attrs.frozen(kw_only=True)
class Record:
    """Plain data of a spec file; `check` holds the rules across its fields."""

    def check(self) -> Iterable[tuple[str, str]]:
        """Pairs (field, what is wrong); run on resolved specs."""
        return ()


@attrs.frozen(kw_only=True)
class Spec(Record):
    """Base of every component's spec.

    Class settings: `target` ("module:attribute") is imported by build and called with the
    fields, except those marked `for_parts`, and with the `runtime` names that build supplies.
    `version` counts incompatible changes; `migrations[n]` turns the raw fields of version n
    into those of n + 1. `source` is the paper or page that defines the component.
    """

    kind: ClassVar[str] = ""
    target: ClassVar[str] = ""
    runtime: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1
    migrations: ClassVar[Mapping[int, Migration]] = {}
    source: ClassVar[str] = ""

    def needs(self, split: str) -> Needs:
        """What it asks of the data in train, validate, test or predict, besides its parts."""
        return Needs()
