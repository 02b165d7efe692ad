"""Fills what a spec leaves open: inherited values, default components, default transforms.

Top-down, so that a part sees what encloses it. An inherited field takes the value of that name
from the nearest enclosing spec, else from the model, else from the schema.
"""

import types
import typing
from collections import ChainMap
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import attrs

from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.faults import failure, origin
from seqrec_core.reading.codec import FAULTY, Reader, dump, is_whole, join, specs_below
from seqrec_core.registry.registry import Registry
from seqrec_core.schema import FeatureHint
from seqrec_core.spec.fields import ComponentDefault, ComponentsDefault, Field, Inherited, fields_of
from seqrec_core.spec.kinds import (
    CallbackSpec,
    DataModuleSpec,
    EncoderSpec,
    ModelSpec,
    TrainerSpec,
)
from seqrec_core.spec.needs import SPLITS
from seqrec_core.spec.recipe import OFFERED, Recipe, SchemaSpec
from seqrec_core.spec.record import Spec


class Offer(NamedTuple):
    """A value that parts may inherit, and where it stands."""

    value: Any
    path: str


Scope = ChainMap[str, Offer]


@attrs.frozen
class Resolution:
    """A recipe with nothing left implicit, and where each value came from.

    `origins` maps the path of every value that the spec did not give to what gave it. `parts` are
    those beside the recipe that were asked for.
    """

    recipe: Recipe
    origins: Mapping[str, str]
    parts: Mapping[str, Spec] = attrs.Factory(dict)


def resolve_recipe(recipe: Recipe, registry: Registry) -> Resolution:
    """The recipe with every value explicit; resolving twice changes nothing.

    Raises SpecError with every fault.
    """
    return resolve_data(dump(recipe, registry), Reader(registry))


def resolve_data(
    data: Any, reader: Reader, parts: Mapping[str, tuple[type[Spec], Any]] | None = None
) -> Resolution:
    """Reads plain data with `reader` and resolves it, so that all faults come in one list.

    `parts` are more of it, by path: they inherit from the model, although the recipe lacks them.
    Raises SpecError.
    """
    recipe = reader.read(data, Recipe, "")
    resolver = _Resolver(reader)
    if recipe is not FAULTY:
        recipe = resolver.fill_recipe(recipe)
    filled = {
        path: resolver.fill(reader.read(raw, base, path), path, resolver.outer)
        for path, (base, raw) in (parts or {}).items()
    }
    if reader.faults:
        raise SpecError(reader.faults)
    return Resolution(recipe, resolver.origins, filled)


class _Resolver:
    """Fills a recipe from the top; below a faulty model no value counts as missing.

    `outer` is what everything but the model inherits from.
    """

    def __init__(self, reader: Reader):
        self.reader = reader
        self.origins = reader.origins
        self.model_is_faulty = False
        self.outer: Scope = ChainMap()

    def fill_recipe(self, recipe: Recipe) -> Recipe:
        scope: Scope = ChainMap(self._schema_offers(recipe.schema))
        model, self.outer = self._fill_model(recipe.model, scope)
        schema = self._fill_schema(recipe.schema, self.outer.get("embedding_dim"))
        self._check_splits(recipe.data)
        data = self._with_transforms(recipe.data, model, schema)
        data = self.fill(data, "data", self.outer)
        trainer = self.fill(recipe.trainer, "trainer", self.outer)
        self._check_callbacks(trainer)
        if trainer is not None:
            self._check_padding(schema)
        filled = attrs.evolve(recipe, model=model, schema=schema, data=data, trainer=trainer)
        return attrs.evolve(filled, **self._lists(filled))

    def _lists(self, recipe: Recipe) -> dict[str, Any]:
        """The lists of parts beside the trainer; without one their defaults need no plugin."""
        lists = {}
        for field in fields_of(Recipe):
            parts = getattr(recipe, field.name)
            if isinstance(field.default, ComponentsDefault) and not (
                recipe.trainer is None and parts is field.default
            ):
                part = self._default_part(parts, field, field.name)
                lists[field.name] = self.fill(part, field.name, self.outer)
        return lists

    def _check_padding(self, schema: SchemaSpec) -> None:
        """Faults of item ids that padding shifts: column j of the logits must be item j."""
        for index, feature in enumerate(schema.features if is_whole(schema) else ()):
            padding, items = feature.padding_value, feature.cardinality
            if feature.hint is FeatureHint.ITEM_ID and padding not in (None, items):
                self.reader.fault(
                    f"schema.features[{index}].padding_value",
                    f"is {padding}; metrics and recommendations need the items 0 to "
                    f"{(items or 0) - 1} and padding after them: remove it, and count items from 0",
                )

    def _schema_offers(self, schema: SchemaSpec) -> dict[str, Offer]:
        try:
            offers = schema.offers() if is_whole(schema) else {}
        except ValueError:  # no item feature, or two: reported by the schema's own check
            offers = {}
        return {name: Offer(offers.get(name, FAULTY), f"schema.{name}") for name in OFFERED}

    def _fill_model(self, model: Any, scope: Scope) -> tuple[Any, Scope]:
        """The filled model, and the scope that data and trainer see: its plain fields."""
        if not isinstance(model, ModelSpec):
            self.model_is_faulty = True
            return model, scope
        filled = self.fill(model, "model", scope)
        plain = {
            field.name: Offer(getattr(filled, field.name), f"model.{field.name}")
            for field in fields_of(type(filled))
            if not _holds_spec(field.type)
        }
        return filled, scope.new_child(plain)

    def _fill_schema(self, schema: Any, embedding_dim: Offer | None) -> Any:
        """The schema with the model's embedding_dim wherever it gives none."""
        if not is_whole(schema) or embedding_dim is None or embedding_dim.value is FAULTY:
            return schema
        features = []
        for index, feature in enumerate(schema.features):
            path = f"schema.features[{index}].embedding_dim"
            dim, inherited = feature.embedding_dim, embedding_dim.value
            if dim is None:
                self.origins[path] = embedding_dim.path
            elif dim != inherited and feature.hint is FeatureHint.ITEM_ID:
                self.reader.fault(
                    path, f"is {dim}, {embedding_dim.path} is {inherited}; remove one of them"
                )
            features.append(attrs.evolve(feature, embedding_dim=dim or inherited))
        return attrs.evolve(schema, features=tuple(features))

    def _check_splits(self, data: Any) -> None:
        transforms = data.transforms if isinstance(data, DataModuleSpec) else None
        for split in transforms if isinstance(transforms, dict) else ():
            if split not in SPLITS:
                message = f"no split is called so; splits are {', '.join(SPLITS)}"
                self.reader.fault(join("data.transforms", split), message)

    def _with_transforms(self, data: Any, model: Any, schema: Any) -> Any:
        """The data module with the model's default transforms of each split that lacks its own."""
        ready = isinstance(data, DataModuleSpec) and is_whole(model) and is_whole(schema)
        if not ready or self.reader.faults:
            return data
        try:
            raw = model.default_transforms(schema.tensor_schema())
        except (SeqrecError, Warning):
            raise
        except Exception as cause:
            name = f"default_transforms of {origin(type(model), self.reader.registry)}"
            self.reader.faults.append(Fault("model", failure(name, cause), cause))
            return data
        path, specs = "data.transforms", data.transforms or {}
        missing = {split: parts for split, parts in raw.items() if split not in specs}
        self.origins |= {join(path, split): "model" for split in missing}
        field = next(f for f in fields_of(type(data)) if f.name == "transforms")
        defaults = self.reader.read_default(missing, field.type, path)
        if defaults is FAULTY:
            return data
        return attrs.evolve(data, transforms={**specs, **defaults})

    def fill(self, value: Any, path: str, scope: Scope) -> Any:
        if isinstance(value, Spec):
            return self._fill_spec(value, path, scope)
        if isinstance(value, tuple):
            return tuple(self.fill(v, f"{path}[{i}]", scope) for i, v in enumerate(value))
        if isinstance(value, dict):
            return {key: self.fill(v, join(path, key), scope) for key, v in value.items()}
        return value

    def _fill_spec(self, spec: Spec, path: str, scope: Scope) -> Spec:
        fields = fields_of(type(spec))
        values: dict[str, Any] = {}
        inner: Scope = scope.new_child()
        for field in fields:
            if not _holds_spec(field.type):
                where = join(path, field.name)
                values[field.name] = self._plain_value(spec, field, where, scope)
                inner[field.name] = Offer(values[field.name], where)
        parts = [field for field in fields if _holds_spec(field.type)]
        for field in sorted(parts, key=lambda field: field.info.when is not None):
            where, part = join(path, field.name), getattr(spec, field.name)
            is_default = isinstance(part, ComponentDefault)
            if is_default and not self._is_needed(field, spec, values, where):
                part = None
            part = self._default_part(part, field, where)
            self._check_tower(part, field, where)
            values[field.name] = self.fill(part, where, inner)
        filled = attrs.evolve(spec, **values)
        if is_whole(filled):
            self.reader.run_check(filled, path)
        return filled

    def _plain_value(self, spec: Spec, field: Field, path: str, scope: Scope) -> Any:
        value = getattr(spec, field.name)
        if not isinstance(value, Inherited):
            return value
        name = value.name or field.name
        if name not in scope and value.default is not ...:
            self.origins[path] = "default"
            return value.default
        if name not in scope and self.model_is_faulty:
            return FAULTY
        if name not in scope:
            return self.reader.fault(
                path, f"missing; no enclosing spec, nor the schema, has {name!r}: {field.info.help}"
            )
        offer = scope[name]
        self.origins[path] = offer.path
        if not is_whole(offer.value):
            return FAULTY
        value = dump(offer.value, self.reader.registry)
        return self.reader.read(value, field.type, path, field)

    def _is_needed(self, field: Field, spec: Spec, values: dict[str, Any], path: str) -> bool:
        """Whether a spec with these values asks for the default part of a field."""
        if field.info.when is None or not all(map(is_whole, values.values())):
            return field.info.when is None
        try:
            return field.info.when(attrs.evolve(spec, **values))
        except Exception as cause:
            said = failure(f"when of {origin(type(spec), self.reader.registry)}", cause)
            self.reader.faults.append(Fault(path, said, cause))
            return False

    def _default_part(self, value: Any, field: Field, path: str) -> Any:
        if not isinstance(value, ComponentDefault | ComponentsDefault):
            return value
        self.origins[path] = "default"
        return self.reader.read_default(value.raw, field.type, path)

    def _check_callbacks(self, trainer: Any) -> None:
        if not isinstance(trainer, TrainerSpec):
            return
        runs = ", ".join(trainer.callback_apis) or "none"
        for path, part in specs_below(trainer, "trainer"):
            if isinstance(part, CallbackSpec) and part.api not in ("", *trainer.callback_apis):
                callback, runner = (origin(type(s), self.reader.registry) for s in (part, trainer))
                self.reader.fault(
                    path,
                    f"{callback} is written for {part.api!r}, and {runner} runs callbacks of "
                    f"{runs}; choose another trainer or callback",
                )

    def _check_tower(self, part: Any, field: Field, path: str) -> None:
        if isinstance(part, EncoderSpec) and field.info.tower not in part.serves:
            name = self.reader.registry.of_spec(type(part)).name
            self.reader.fault(
                join(path, "type"),
                f"encoder {name!r} serves the {' and the '.join(part.serves)} tower; "
                f"here one for the {field.info.tower} tower is needed",
            )


@cache
def _holds_spec(type_: Any) -> bool:
    """Whether values of a type are specs, or hold some."""
    if typing.get_origin(type_) in (typing.Union, types.UnionType, tuple, dict):
        return any(_holds_spec(argument) for argument in typing.get_args(type_))
    return isinstance(type_, type) and issubclass(type_, Spec)
