"""Specs: plain, frozen descriptions of components, one base class per kind.

A spec names what to build and with which settings; it imports nothing that computes.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import attrs

from seqrec_core.spec.fields import INFO, param, required

if TYPE_CHECKING:
    from seqrec_core.schema import TensorSchema

__all__ = [
    "KINDS",
    "AggregatorSpec",
    "CallbackSpec",
    "ContextMergerSpec",
    "DataModuleSpec",
    "EmbedderSpec",
    "EncoderSpec",
    "HeadSpec",
    "LossSpec",
    "MaskSpec",
    "ModelSpec",
    "NormSpec",
    "OptimizerSpec",
    "PostprocessorSpec",
    "ReaderSpec",
    "Record",
    "SchedulerSpec",
    "Spec",
    "TrainerSpec",
    "TransformSpec",
    "spec",
]

T = TypeVar("T")
_CLASS_SETTINGS = ("kind", "target", "runtime", "version", "migrations", "source", "serves")


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
                "inherited() or component(), so that it has a help text"
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
