"""Documents of specs, made by hypothesis from whatever a registry has: most mean something."""

import types
import typing
from collections.abc import Sequence
from typing import Any, Literal

from hypothesis import strategies as st

from seqrec_core.registry import Component, Registry
from seqrec_core.spec import Record, Spec
from seqrec_core.spec.fields import Field, Inherited, fields_of
from seqrec_core.spec.recipe import Recipe

NUMBERS = (1, 2, 4, 8, 16, 3, 50, 0, -1)
FRACTIONS = (0.5, 0.25, 1e-3, 1, 0.0, 2.5)
TEXTS = ("item_id", "category", "price", "padding_mask", "query_id", "é", "a b")
STRANGERS = (
    *(None, True, -1, 2.5, 0, "x", "", [], {}, [[]], {"type": "x"}, {"type": 3}, ["seen_items"]),
    *({"0": {}}, {"type": None}, "local:", ":", "seqrec-loss-ce:", 10**40, float("nan"), "\ud800"),
)
TOP = ("model", "data", "trainer", "postprocessors", "trackers")  # fields that hold components


def documents(registry: Registry) -> st.SearchStrategy[dict[str, Any]]:
    """Documents; every second is written carelessly, and seldom means anything."""
    usable = [each for each in registry if registry.state(each, load=True) == "ok"]
    parts = {kind: [c for c in usable if c.kind == kind] for kind in registry.kinds()}

    def document(choices: bytes) -> dict[str, Any]:
        author = _Author(choices, registry, parts)
        author.is_careless = author.one_in(2)
        return author.document()

    return st.binary(min_size=300, max_size=300).map(document)


class _Author:
    """Writes a document part by part, a byte a choice; that of 0 is the simplest.

    One draw of many bytes costs less than many draws, and is not made alike in places.
    """

    is_careless = False

    def __init__(self, choices: bytes, registry: Registry, parts: dict[str, list[Component]]):
        self.choices, self.registry, self.parts = iter(choices), registry, parts

    def below(self, count: int) -> int:
        return next(self.choices, 0) % count

    def pick(self, options: Sequence[Any]) -> Any:
        return options[self.below(len(options))]

    def one_in(self, count: int) -> bool:
        return self.below(count) == count - 1

    def slips(self) -> bool:
        """Whether a careless author writes something else here."""
        return self.is_careless and self.one_in(12)

    def document(self) -> dict[str, Any]:
        document = {"seqrec": 2, "schema": {"features": self.features()}}
        if self.slips():
            document["seqrec"] = self.pick([1, 3, "2", None, 2.0])
        for field in fields_of(Recipe):
            if field.name in TOP and (field.is_required or self.one_in(3)):
                document[field.name] = self.value(field.type, field)
        if self.one_in(4):
            document["seed"] = self.value(int, fields_of(Recipe)[1])
        return self.with_slips(document, Recipe)

    def features(self) -> list[dict[str, Any]]:
        features = [
            {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 20},
            {"name": "category", "type": "categorical", "cardinality": 5},
            {"name": "price", "type": "numerical", "tensor_dim": 1, "embedding_dim": 4},
            {"name": "tags", "type": "categorical_list", "cardinality": 5},
            {"name": "query_id", "type": "categorical", "hint": "query_id", "cardinality": 9},
        ][: 1 + self.below(5)]
        if self.slips():
            self.pick(features)[self.pick(["name", "hint", "cardinality", "x"])] = self.stranger()
        return features

    def stranger(self) -> Any:
        return self.pick(STRANGERS)

    def value(self, type_: Any, field: Field | None = None) -> Any:
        """A value of a type, as JSON writes it."""
        if self.slips():
            return self.stranger()
        origin, arguments = typing.get_origin(type_), typing.get_args(type_)
        if origin in (typing.Union, types.UnionType):
            options = [each for each in arguments if each is not types.NoneType]
            null = [types.NoneType] if types.NoneType in arguments else []
            return self.value(self.pick([*options, *options, *options, *null]), field)
        if origin is Literal:
            return self.pick(arguments)
        if origin is tuple:
            return self.list(arguments, field)
        if origin is dict:
            keys = ("train", "predict") if "transforms" in str(field and field.name) else TEXTS
            return {self.pick(keys): self.value(arguments[1]) for _ in range(self.below(3))}
        if type_ is types.NoneType:
            return None
        if isinstance(type_, type) and issubclass(type_, Spec):
            return self.component(type_, field and field.raw_default())
        if isinstance(type_, type) and issubclass(type_, Record):
            return self.settings(type_)
        return self.leaf(type_, field)

    def list(self, members: tuple[Any, ...], field: Field | None) -> list[Any]:
        if ... not in members:
            return [self.value(member) for member in members]
        defaults = field.raw_defaults() if field else []
        return [
            self.component(members[0], dict(enumerate(defaults)).get(i))
            if defaults
            else self.value(members[0])
            for i in range(self.below(3))
        ]

    def component(self, base: type[Spec], default: dict[str, Any] | None) -> Any:
        """A component in part, whole, or by a name of it."""
        if default and self.one_in(2):
            usual = self.registry[base.kind, default["type"]]
            if not self.one_in(3):
                return self.settings(usual.spec, in_part=True)
            part = usual
        elif not self.parts[base.kind]:
            return None
        else:
            part = self.pick(self.parts[base.kind])
        name = self.pick([part.name, part.canonical])
        needs_nothing = not any(field.is_required for field in fields_of(part.spec))
        if self.one_in(3) and (needs_nothing or self.is_careless):
            return name
        return {"type": name, **self.settings(part.spec)}

    def settings(self, cls: type[Record], *, in_part: bool = False) -> dict[str, Any]:
        """What is required, and some more; every second holds components."""
        fields = fields_of(cls)
        names = [f.name for f in fields if f.is_required and not (in_part or self.slips())]
        holders = [field for field in fields if "Spec" in str(field.type)]
        for _ in range(self.below(2 + len(fields) // 3) if fields else 0):
            names.append(self.pick(holders if holders and self.one_in(2) else fields).name)
        by_name = {field.name: field for field in fields}
        return self.with_slips(
            {name: self.value(by_name[name].type, by_name[name]) for name in dict.fromkeys(names)},
            cls,
        )

    def with_slips(self, data: dict[str, Any], cls: type[Record]) -> dict[str, Any]:
        """The data, perhaps with a key that is mistyped or stands where it should not."""
        if self.slips():
            names = [field.name for field in fields_of(cls)] or ["scale"]
            data[self.pick([self.pick(names) + "s", self.pick(TOP), "é"])] = self.stranger()
        return data

    def leaf(self, type_: type, field: Field | None) -> Any:
        if type_ is bool:
            return self.pick([False, True])
        if type_ in (int, float):
            numbers = NUMBERS if type_ is int else FRACTIONS
            if field and not self.is_careless:
                numbers = [n for n in numbers if not field.info.broken_bound(n)] or numbers
            return self.pick(numbers)
        if type_ is str:
            own = field.default if field and isinstance(field.default, str) else None
            taken = [field.default.name] if field and isinstance(field.default, Inherited) else []
            names = [] if own is None else [own, own, own]
            return self.pick([*names, *(["item_id"] if taken else TEXTS)])
        return self.pick([member.value for member in type_])
