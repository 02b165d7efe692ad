"""What each kind of component must be able to do.

Letters in shapes: B users, L positions, D dim, H heads, N negatives, P positives, V items.
Masks of padding are True where an event is real. Attention masks are floats: 0 keeps a pair,
-inf drops it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, Protocol, TypedDict, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

__all__ = [
    "AggregatorProto",
    "AttentionMaskProto",
    "BaseLRSchedulerFactory",
    "BaseOptimizerFactory",
    "ContextMergerProto",
    "EmbedderProto",
    "EncoderProto",
    "FeaturesReaderProtocol",
    "HeadProto",
    "InferenceOutput",
    "ItemEncoderProto",
    "LossProto",
    "NormalizerProto",
    "PostprocessorProto",
    "QueryEncoderProto",
    "ScorerProto",
    "TrainOutput",
]


class TrainOutput(TypedDict):
    """What a model returns in training.

    `loss` is a scalar that carries gradients. `hidden_states` holds tensors (B, L, D): the
    final one, or, when all are asked for, the embeddings and then one a layer.
    """

    loss: "Tensor"
    hidden_states: NotRequired[tuple["Tensor", ...]]


class InferenceOutput(TypedDict):
    """What a model returns in evaluation.

    `logits` are the scores of the next item, (B, V), or (B, C) for C candidates.
    `hidden_states` as in training, or empty when nobody asked for them.
    """

    logits: "Tensor"
    hidden_states: NotRequired[tuple["Tensor", ...]]


@runtime_checkable
class EmbedderProto(Protocol):
    """Turns features into embeddings and owns the item table."""

    @property
    def embeddings_dim(self) -> dict[str, int]:
        """Size of each feature's embedding."""

    def __call__(
        self, feature_tensor: Mapping[str, "Tensor"], feature_names: Sequence[str] | None = None
    ) -> Mapping[str, "Tensor"]:
        """Embeds each feature: (B, L) or (B, L, n) to (B, L, D)."""

    def get_item_weights(self, indices: "Tensor | None" = None) -> "Tensor":
        """Item embeddings (*indices.shape, D), or (V, D), without the pad row, for None."""


@runtime_checkable
class AggregatorProto(Protocol):
    """Merges the embeddings of several features into one."""

    @property
    def embedding_dim(self) -> int:
        """Size of the merged embedding."""

    def __call__(self, feature_tensors: Mapping[str, "Tensor"]) -> "Tensor":
        """Merges tensors (B, L, D_i) into (B, L, D)."""


@runtime_checkable
class AttentionMaskProto(Protocol):
    """Says which positions may look at which."""

    def __call__(self, feature_tensor: Mapping[str, "Tensor"], padding_mask: "Tensor") -> "Tensor":
        """Float mask (B*H, L, L), (B, H, L, L) or (B, 1, L, L); no row is fully -inf."""


@runtime_checkable
class EncoderProto(Protocol):
    """Turns a sequence of embeddings into hidden states, causally.

    An encoder may also offer `hidden_states(...)`, a tuple with the output of each block, and
    `forward_last(...)`, the last position (B, D) alone; both take forward's arguments.
    """

    def __call__(
        self,
        feature_tensors: Mapping[str, "Tensor"],
        input_embeddings: "Tensor",
        padding_mask: "Tensor",
        attention_mask: "Tensor",
    ) -> "Tensor":
        """Maps (B, L, D) to (B, L, D); padding_mask (B, L) is True at real events."""


class QueryEncoderProto(EncoderProto, Protocol):
    """The encoder of a query tower."""


@runtime_checkable
class ItemEncoderProto(Protocol):
    """The encoder of an item tower; there is no sequence, each item stands alone."""

    def __call__(
        self, *, feature_tensors: Mapping[str, "Tensor"], input_embeddings: "Tensor"
    ) -> "Tensor":
        """Maps the embeddings (..., D) of items with these features to (..., D)."""


@runtime_checkable
class NormalizerProto(Protocol):
    """Normalises hidden states; `torch.nn.LayerNorm` satisfies it."""

    def __call__(self, hidden_states: "Tensor", /) -> "Tensor":
        """Maps (..., D) to (..., D)."""


@runtime_checkable
class HeadProto(Protocol):
    """Scores items for hidden states.

    A head whose scores are plain dot products says so with `dot_product = True`; losses and
    rankers may then work on the item table directly.
    """

    def __call__(self, hidden_states: "Tensor", item_embeddings: "Tensor") -> "Tensor":
        """Scores (B, V): hidden states (B, D) against items (V, D) or (B, V, D)."""


@runtime_checkable
class ScorerProto(Protocol):
    """What a model lends to its loss: the item table and the head, for one call."""

    @property
    def head(self) -> HeadProto:
        """Scores items by embeddings that the loss has looked up already."""

    @property
    def is_dot_product(self) -> bool:
        """Whether scores are exactly hidden states times item weights."""

    def item_weights(self, ids: "Tensor | None" = None) -> "Tensor":
        """Item embeddings (*ids.shape, D), or all of them, (V, D), for None."""

    def columns(self, ids: "Tensor") -> "Tensor":
        """Rows of `item_weights()` that hold these item ids."""

    def __call__(self, hidden: "Tensor", ids: "Tensor | None" = None) -> "Tensor":
        """Scores (M, V) of hidden states (M, D), or (M, K) for ids (M, K)."""


@runtime_checkable
class LossProto(Protocol):
    """Compares hidden states with what really came next.

    The class attribute `needs_negatives` tells the model to pass `negative_labels`, of shape
    (N,), (B, N) or (B, L, N), between the positives and the mask; `needs_feature_tensors` to
    pass the batch's features.
    """

    needs_negatives: bool

    def __call__(
        self, model_embeddings: "Tensor", positive_labels: "Tensor", *args: Any, **kwargs: Any
    ) -> "Tensor":
        """Scalar loss of (B, L, D) against labels (B, L, P); mask True where a label counts."""


@runtime_checkable
class ContextMergerProto(Protocol):
    """Mixes features of the query into its hidden states."""

    def __call__(
        self, model_hidden_state: "Tensor", feature_tensors: Mapping[str, "Tensor"]
    ) -> "Tensor":
        """Maps (B, L, D), or (B, D) at the last position, to the same shape."""


@runtime_checkable
class FeaturesReaderProtocol(Protocol):
    """Holds the features of all items, row i for item i."""

    @property
    def feature_names(self) -> Sequence[str]:
        """Names of the features it holds."""

    def __getitem__(self, key: str) -> "Tensor":
        """One feature of all items, (V,) or (V, n)."""


@runtime_checkable
class PostprocessorProto(Protocol):
    """Changes logits before they are ranked; returns a new tensor, never edits its input."""

    def on_prediction(self, batch: Mapping[str, Any], logits: "Tensor") -> "Tensor":
        """New logits, shape kept, when recommendations are made."""

    def on_validation(self, batch: Mapping[str, Any], logits: "Tensor") -> "Tensor":
        """New logits, shape kept, when metrics are computed."""


@runtime_checkable
class BaseOptimizerFactory(Protocol):
    """Makes the optimiser once the parameters are known."""

    def create(self, parameters: Iterable["Tensor"]) -> "Optimizer":
        """An optimiser of these parameters."""


@runtime_checkable
class BaseLRSchedulerFactory(Protocol):
    """Makes the learning-rate schedule once the optimiser is known."""

    def create(self, optimizer: "Optimizer") -> "LRScheduler":
        """A schedule of this optimiser."""
