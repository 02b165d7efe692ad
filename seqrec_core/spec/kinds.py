"""Specs: plain, frozen descriptions of components, one base class per kind.

A spec names what to build and with which settings; it imports nothing that computes.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

import attrs

from seqrec_core.spec.fields import INFO, param, required

if TYPE_CHECKING:
    from seqrec_core.schema import TensorSchema

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

    def is_causal(self) -> bool:
        """Whether no hidden state depends on later events."""
        return True

    def history_length(self) -> int | None:
        """The most events that it sees, None for all: by default its `max_sequence_length`."""
        length: int | None = attrs.asdict(self, recurse=False).get("max_sequence_length")
        return length


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

    def is_causal(self) -> bool:
        """Whether no position attends to later ones."""
        return True


@attrs.frozen(kw_only=True)
class EncoderSpec(Spec):
    """Embeddings to hidden states; `serves` names the towers it can stand in."""

    kind = "encoder"
    serves: ClassVar[tuple[str, ...]] = ("query",)

    def is_causal(self) -> bool:
        """Whether, under a causal mask, no state depends on later events."""
        return True


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

    def events_taken(self) -> int:
        """Events that it takes from the end of training sequences."""
        return 0


@attrs.frozen(kw_only=True)
class CallbackSpec(Spec):
    """Watches training and inference.

    `api` says for which trainers: those that name it in `callback_apis`, or any for "".
    """

    kind = "callback"
    api: ClassVar[str] = "lightning"

    def filters(self) -> tuple["PostprocessorSpec", ...]:
        """What filters the logits before it ranks them."""
        return ()

    def measures(self) -> tuple[str, ...] | None:
        """Names of what it will measure, such as "ndcg@10"; None where that is not known."""
        return None

    def smaller_is_better(self) -> tuple[str, ...]:
        """Those of the names of which less is better; of the others more is."""
        return ()


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

    def batch_rows(self) -> int | None:
        """Rows of a training batch: by default its field `batch_size`."""
        rows: int | None = attrs.asdict(self, recurse=False).get("batch_size")
        return rows

    def trims_batches(self) -> bool:
        """Whether batches differ in length, so that positions count from the right."""
        return False


@attrs.frozen(kw_only=True)
class TrainerSpec(Spec):
    """How a model is trained.

    `callback_apis` are those of the callbacks that it runs. `checkpoint` is the file, below the
    folder of a run, that the run goes on from, "" where it cannot; `fixed_by_checkpoint` are the
    fields that a resumed run must have as they were.
    """

    kind = "trainer"
    callback_apis: ClassVar[tuple[str, ...]] = ()
    checkpoint: ClassVar[str] = ""
    fixed_by_checkpoint: ClassVar[tuple[str, ...]] = ()

    def checkpoint_fault(self, path: Path) -> str | None:
        """What is wrong with a checkpoint, in words, as far as a look at the file tells."""
        return None

    def filters(self) -> tuple[PostprocessorSpec, ...]:
        """What filters the logits, in metrics and in recommendations alike."""
        return ()

    def monitored(self) -> str | None:
        """The metric that chooses the best weights."""
        return None

    def weight_copies(self) -> int:
        """Copies of all weights that training holds besides gradients and optimiser."""
        return 0


@attrs.frozen(kw_only=True)
class OptimizerSpec(Spec):
    """How parameters are updated."""

    kind = "optimizer"

    def is_fused(self) -> bool:
        """Whether one kernel updates all parameters, which mixed precision cannot clip for."""
        return False


@attrs.frozen(kw_only=True)
class SchedulerSpec(Spec):
    """How the learning rate moves."""

    kind = "scheduler"
