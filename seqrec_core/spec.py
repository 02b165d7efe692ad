"""Specs: plain, frozen descriptions of components, and the helpers that declare their fields.

A spec names what to build and with which settings; it imports nothing that computes. One base
class per kind says where a spec may stand.
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import attrs

if TYPE_CHECKING:
    from seqrec_core.schema import TensorSchema

__all__ = [
    "KINDS",
    "AggregatorSpec",
    "CallbackSpec",
    "ComponentDefault",
    "ContextMergerSpec",
    "DataModuleSpec",
    "EmbedderSpec",
    "EncoderSpec",
    "Field",
    "HeadSpec",
    "Inherited",
    "LossSpec",
    "MaskSpec",
    "ModelSpec",
    "NormSpec",
    "OptimizerSpec",
    "PostprocessorSpec",
    "ReaderSpec",
    "SchedulerSpec",
    "Spec",
    "TrainerSpec",
    "TransformSpec",
    "component",
    "fields_of",
    "inherited",
    "param",
    "required",
    "spec",
]

T = TypeVar("T")
_INFO = "seqrec"
_CLASS_SETTINGS = ("kind", "target", "runtime", "version", "migrations", "source", "serves")


@attrs.frozen
class Inherited:
    """Stands in a field until resolve replaces it by the enclosing value called `name`."""

    name: str | None = None


@attrs.frozen
class ComponentDefault:
    """Stands in a field until resolve replaces it by the default component."""

    type: str
    settings: tuple[tuple[str, Any], ...] = ()


@attrs.frozen
class FieldInfo:
    """What a field helper was told besides the default."""

    help: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    for_parts: bool = False
    tower: str = "query"

    def broken_bound(self, value: float) -> str | None:
        """The bound that `value` breaks, in words; a NaN breaks every one."""
        bounds = (
            (self.ge, "at least", lambda v, b: v >= b),
            (self.gt, "greater than", lambda v, b: v > b),
            (self.le, "at most", lambda v, b: v <= b),
            (self.lt, "less than", lambda v, b: v < b),
        )
        for bound, words, holds in bounds:
            if bound is not None and not holds(value, bound):
                return f"{words} {bound:g}"
        return None


@attrs.frozen
class Field:
    """One field of a spec class, with its type resolved."""

    name: str
    type: Any
    default: Any
    info: FieldInfo

    @property
    def is_required(self) -> bool:
        """Whether the field has no default."""
        return self.default is attrs.NOTHING


def param(
    default: T,
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
) -> T:
    """A setting with a default; `for_parts` settings are offered to parts, not to the target."""
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    if isinstance(default, dict | list | set):
        raise TypeError(f"a field cannot have the mutable default {default!r}; use None or a tuple")
    return attrs.field(default=default, metadata={_INFO: info})


def required(
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
) -> Any:
    """A setting that must be given."""
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    return attrs.field(metadata={_INFO: info})


def inherited(
    name: str | None = None,
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
) -> Any:
    """A setting that takes the value of the nearest enclosing spec, the model or the schema.

    `name` is the name it has there, when that differs from the field's own.
    """
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    return attrs.field(default=Inherited(name), metadata={_INFO: info})


def component(type: str, *, help: str, tower: str = "query", **settings: Any) -> Any:
    """A part with a default, named canonically: `distribution:name`, plus its settings.

    `tower` says where an encoder stands; a spec whose encoder does not serve it is at fault.
    """
    if ":" not in type:
        raise TypeError(f"default components are named 'distribution:name', got {type!r}")
    default = ComponentDefault(type, tuple(settings.items()))
    return attrs.field(default=default, metadata={_INFO: FieldInfo(help=help, tower=tower)})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(required,))
def spec(cls: type[T]) -> type[T]:
    """Makes a class a spec: frozen, keyword-only, every field declared by a helper.

    Raises TypeError for a field without a helper, and for class settings such as `target`
    that an annotation turned into a field.
    """
    for name in inspect.get_annotations(cls):
        if name in _CLASS_SETTINGS and issubclass(cls, Spec):
            raise TypeError(f"{cls.__name__}.{name} is a class setting; remove its annotation")
    made = attrs.frozen(cls, kw_only=True, auto_attribs=True)
    for attribute in attrs.fields(made):
        if _INFO not in attribute.metadata:
            raise TypeError(
                f"{cls.__name__}.{attribute.name}: declare it with param(), required(), "
                "inherited() or component(), so that it has a help text"
            )
    return made


@cache
def fields_of(cls: type) -> tuple[Field, ...]:
    """The fields of a spec class, in order, types resolved."""
    hints = typing.get_type_hints(cls)
    return tuple(
        Field(
            name=attribute.name,
            type=hints[attribute.name],
            default=attribute.default,
            info=attribute.metadata[_INFO],
        )
        for attribute in attrs.fields(cls)
    )


Migration = Callable[[dict[str, Any]], dict[str, Any]]


@attrs.frozen(kw_only=True)
class Spec:
    """Base of every spec.

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

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields, run on resolved specs: pairs (field, what is wrong)."""
        return ()


@attrs.frozen(kw_only=True)
class ModelSpec(Spec):
    """A whole model: features in, loss or logits out."""

    kind = "model"

    def default_transforms(self, schema: "TensorSchema") -> dict[str, list[dict[str, Any]]]:
        """Raw transform specs per split: train, validate, test, predict."""
        raise NotImplementedError


@attrs.frozen(kw_only=True)
class EmbedderSpec(Spec):
    """Features to embeddings."""

    kind = "embedder"


@attrs.frozen(kw_only=True)
class AggregatorSpec(Spec):
    """Several embeddings to one."""

    kind = "aggregator"


@attrs.frozen(kw_only=True)
class MaskSpec(Spec):
    """Which positions may attend to which."""

    kind = "mask"


@attrs.frozen(kw_only=True)
class EncoderSpec(Spec):
    """Embeddings to hidden states; `serves` names the towers it can stand in."""

    kind = "encoder"
    serves: ClassVar[tuple[str, ...]] = ("query",)


@attrs.frozen(kw_only=True)
class NormSpec(Spec):
    """Normalisation of hidden states."""

    kind = "norm"


@attrs.frozen(kw_only=True)
class HeadSpec(Spec):
    """Hidden states and items to scores."""

    kind = "head"


@attrs.frozen(kw_only=True)
class LossSpec(Spec):
    """Hidden states and labels to a scalar; `needs_negatives` asks the data for negatives."""

    kind = "loss"
    needs_negatives: ClassVar[bool] = False


@attrs.frozen(kw_only=True)
class TransformSpec(Spec):
    """Batch to batch."""

    kind = "transform"


@attrs.frozen(kw_only=True)
class CallbackSpec(Spec):
    """Watches training and inference."""

    kind = "callback"


@attrs.frozen(kw_only=True)
class PostprocessorSpec(Spec):
    """Logits to logits, before ranking."""

    kind = "postprocessor"


@attrs.frozen(kw_only=True)
class ReaderSpec(Spec):
    """Features of all items."""

    kind = "reader"


@attrs.frozen(kw_only=True)
class ContextMergerSpec(Spec):
    """Query features into hidden states."""

    kind = "context_merger"


@attrs.frozen(kw_only=True)
class DataModuleSpec(Spec):
    """Batches for each split."""

    kind = "datamodule"

    folder: str = param(".", help="data folder, relative to the spec's own folder")
    transforms: dict[str, tuple[TransformSpec, ...]] | None = param(
        None, help="transforms of each split; by default those of the model"
    )


@attrs.frozen(kw_only=True)
class TrainerSpec(Spec):
    """How a model is trained."""

    kind = "trainer"


@attrs.frozen(kw_only=True)
class OptimizerSpec(Spec):
    """How parameters are updated."""

    kind = "optimizer"


@attrs.frozen(kw_only=True)
class SchedulerSpec(Spec):
    """How the learning rate moves."""

    kind = "scheduler"


KINDS: dict[str, type[Spec]] = {base.kind: base for base in Spec.__subclasses__()}
