"""The kinds of components: one base class of specs each.

A spec names what to build and with which settings; it imports nothing that computes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from seqrec_core.places import expanded, is_remote, local
from seqrec_core.spec.fields import param
from seqrec_core.spec.needs import Offers
from seqrec_core.spec.record import Spec

if TYPE_CHECKING:
    from seqrec_core.schema import TensorSchema


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

    def sampler(self) -> "SamplerSpec | None":
        """What draws the negatives that its loss compares with: by default its `negatives`."""
        sampler: SamplerSpec | None = attrs.asdict(self, recurse=False).get("negatives")
        return sampler


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

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn, which the sampler then says."""
        return False


@attrs.frozen(kw_only=True)
class SamplerSpec(Spec):
    """Negatives of a training batch: items that its users did not choose."""

    kind = "sampler"


@attrs.frozen(kw_only=True)
class TransformSpec(Spec):
    """Batch to batch."""

    kind = "transform"

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The columns of the batch that it makes of one with these; None where that is not known.

        A column of a group is written `group.column`.
        """
        return None

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

    def here(self) -> Path:
        """The folder, or a copy without the files of it that a field names by URI: these stream."""
        if not is_remote(self.folder):
            return local(self.folder)
        values = attrs.asdict(self, recurse=False).values()
        names = [n for value in values for n in (value if isinstance(value, tuple) else (value,))]
        root = f"{expanded(self.folder).rstrip('/')}/"
        uris = [expanded(name) for name in names if isinstance(name, str) and "://" in name]
        return local(
            self.folder, without=[u.removeprefix(root) for u in uris if u.startswith(root)]
        )

    def offers(self, schema: "TensorSchema") -> Offers:
        """What its folder has, as far as the metadata there tell: nothing else is read."""
        return Offers()

    def data_faults(self, schema: "TensorSchema") -> Sequence[str]:
        """What is wrong with its data, as far as a quick look tells: place, value and remedy.

        `seqrec validate`, `fit` and `plan` ask; footers of files may be read, rows may not.
        """
        return ()

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

    def has_checkpoint(self, path: Path) -> bool:
        """Whether a run can go on from the checkpoint at a path, or from one kept beside it."""
        return path.is_file()

    def checkpoint_fault(self, path: Path) -> str | None:
        """What is wrong with a checkpoint, in words, as far as a look at the file tells."""
        return None

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


@attrs.frozen(kw_only=True)
class TrackerSpec(Spec):
    """Where a run is followed: curves, parameters, results."""

    kind = "tracker"
