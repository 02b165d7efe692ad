"""The component under test, with the small recipe that it is resolved and built in."""

import contextlib
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import torch
from seqrec_library_next_item.pipelines import next_token_transforms

from seqrec_core.build import Runtime, build_part
from seqrec_core.errors import UnknownComponentError
from seqrec_core.reading.codec import Reader, dump
from seqrec_core.reading.resolve import resolve_data
from seqrec_core.registry import Component, Registry
from seqrec_core.schema import TensorFeatureInfo, TensorSchema
from seqrec_core.session import registry
from seqrec_core.spec import DataModuleSpec, LossSpec, Recipe, Record, SchemaSpec, Spec
from seqrec_core.spec.examples import required_settings
from seqrec_core.spec.fields import fields_of
from seqrec_tool_conformance.batches import ITEM, WEIGHTS, V, schema_of
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_conformance.host import Host, HostDataSpec, HostSampler, host_for

__all__ = ["SEED", "Subject", "specs_in", "without_dropout"]

SEED = 7
_PLACES = {"model": "model", "datamodule": "data", "trainer": "trainer"}


@attrs.define(slots=False, eq=False)
class Subject:
    """A spec class with settings, and objects built from it.

    `settings` is plain data over the defaults; `extra` holds objects for `runtime` names that
    build does not supply by itself, `columns` are features beyond those of every batch, `folder`
    gives the data folder, `model` is what trainers get as the built one, `items` is the size of the
    catalogue.
    """

    cls: type[Spec]
    settings: Mapping[str, Any] = attrs.Factory(dict)
    extra: Mapping[str, Any] = attrs.Factory(dict)
    columns: Sequence[TensorFeatureInfo] = ()
    folder: Callable[[], Path] = data_folder
    model: torch.nn.Module | None = None
    items: int = V

    @property
    def schema(self) -> TensorSchema:
        """The features of every batch."""
        return schema_of(self.items, self.columns)

    @cached_property
    def registry(self) -> Registry:
        """Everything installed or registered, with the component itself and its host."""
        copy = Registry(registry.points)
        for component in registry:
            if component.local_spec is not None:
                copy.register(component.name, component.local_spec)
        try:
            copy.of_spec(self.cls)
        except UnknownComponentError:
            copy.register("subject", self.cls)
        copy.register("host", host_for(self.cls))
        copy.register("host_data", HostDataSpec)
        return copy

    @property
    def component(self) -> Component:
        """Its entry in the registry."""
        return self.registry.of_spec(self.cls)

    @property
    def raw(self) -> dict[str, Any]:
        """Plain data of the spec: the settings, and examples for what else is required."""
        required = {field.name for field in fields_of(self.cls) if field.is_required}
        data = {"type": self.component.canonical, **self.settings}
        if not required <= data.keys():
            column = WEIGHTS if issubclass(self.cls, LossSpec) else ITEM
            data = {**required_settings(self.cls, column), **data}
        if issubclass(self.cls, DataModuleSpec):
            transforms = {"transforms": next_token_transforms(self.schema)}
            data = {**transforms, **data, "folder": str(self.folder())}
        return data

    @cached_property
    def recipe(self) -> Recipe:
        """The resolved recipe around the spec: a part stands in a host model."""
        data = {"seed": SEED, "schema": dump(SchemaSpec.of(self.schema), self.registry)}
        host = {"type": "local:host"}
        if place := _PLACES.get(self.cls.kind):
            data |= {"model": host, "data": {"type": "local:host_data"}, place: self.raw}
        else:
            data["model"] = {**host, "part": self.raw}
        return resolve_data(data, Reader(self.registry)).recipe

    @property
    def spec(self) -> Spec:
        """The resolved spec."""
        path = _PLACES.get(self.cls.kind, "model.part")
        spec: Spec = operator.attrgetter(path)(self.recipe)
        return spec

    def build(self, *, seed: int = SEED, device: str | None = None, dropout: bool = True) -> Any:
        """The object of the spec, its weights drawn from `seed`; without any dropout if told so."""
        spec = self.spec if dropout else without_dropout(self.spec)
        return self.build_spec(spec, seed=seed, device=device)

    def build_spec(self, spec: Spec, *, seed: int = SEED, device: str | None = None) -> Any:
        """The object of any spec of the resolved recipe."""
        asked = {name for part in specs_in(spec) for name in part.runtime}
        extra = dict(self.extra)
        if "negatives" in asked:
            extra.setdefault("negatives", HostSampler(V, torch.Generator().manual_seed(SEED)))
        runtime = Runtime(
            schema=self.recipe.schema.tensor_schema(),
            seed=seed,
            data_dir=self.folder() if "data_dir" in asked else None,
            model=(self.model or Host(V)) if "model" in asked else None,
            extra=extra,
        )
        where = torch.device(device) if device else contextlib.nullcontext()
        with torch.random.fork_rng(devices=[]), where:
            torch.manual_seed(seed)
            return build_part(spec, runtime, spec.kind)


def specs_in(value: Any) -> Iterator[Spec]:
    """Every spec in a value, itself included."""
    if isinstance(value, Spec):
        yield value
    for item in _inside(value):
        yield from specs_in(item)


def without_dropout(value: Any) -> Any:
    """The spec with every number called `dropout` or `…_dropout` zero, in its parts too."""
    if isinstance(value, tuple):
        return tuple(without_dropout(item) for item in value)
    if isinstance(value, Mapping):
        return {key: without_dropout(item) for key, item in value.items()}
    if not isinstance(value, Record):
        return value
    stored = {field.name: getattr(value, field.name) for field in fields_of(type(value))}
    return attrs.evolve(
        value,
        **{
            name: 0.0 if name.endswith("dropout") else without_dropout(item)
            for name, item in stored.items()
        },
    )


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Record):
        yield from (getattr(value, field.name) for field in fields_of(type(value)))
    elif isinstance(value, tuple):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.values()
