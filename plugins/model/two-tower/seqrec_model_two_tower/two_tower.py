"""TwoTower: hidden states of the user's events, scored against embeddings of item features."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Self

from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_next_item.by_name import default_head, default_parts, embedded_features
from seqrec_library_next_item.next_item import next_item
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    ContextMergerProto,
    EmbedderProto,
    FeaturesReaderProtocol,
    HeadProto,
    HiddenStates,
    InferenceOutput,
    ItemEncoderProto,
    LossProto,
    NormalizerProto,
    QueryEncoderProto,
    TrainOutput,
)
from seqrec_core.schema import TensorSchema
from seqrec_model_two_tower.body import TwoTowerBody
from seqrec_model_two_tower.item_tower import ItemTower, take
from seqrec_model_two_tower.specs import item_features_of, query_features_of

__all__ = ["TowerWeights", "TwoTower"]

_PARTS = (
    "embedder",
    "mask",
    "query_aggregator",
    "query_encoder",
    "norm",
    "item_aggregator",
    "item_encoder",
    "head",
    "loss",
)


class TwoTower(nn.Module):
    """Predicts the next item by products of the last query state with the item embeddings.

    A context merger turns the hidden states (B, L, D) of the query tower and the features into
    the states that are scored.

    Yang et al., Mixed Negative Sampling for Learning Two-tower Neural Networks in
    Recommendations, https://doi.org/10.1145/3366424.3386195.
    """

    def __init__(
        self,
        body: TwoTowerBody,
        loss: LossProto,
        context_merger: ContextMergerProto | None = None,
        head: HeadProto | None = None,
    ) -> None:
        super().__init__()
        self.body = body
        self.head = default_head() if head is None else head
        self.loss = loss
        self.context_merger = context_merger

    @classmethod
    def from_parts(
        cls,
        schema: TensorSchema,
        embedder: EmbedderProto,
        mask: AttentionMaskProto,
        query_features: Sequence[str] | None,
        query_aggregator: AggregatorProto,
        query_encoder: QueryEncoderProto,
        norm: NormalizerProto,
        item_features: Sequence[str] | None,
        reader: FeaturesReaderProtocol,
        item_aggregator: AggregatorProto,
        item_encoder: ItemEncoderProto,
        context_merger: ContextMergerProto | None,
        head: HeadProto,
        loss: LossProto,
    ) -> Self:
        """The model of these parts; this is what a spec builds."""
        body = TwoTowerBody(
            schema=schema,
            embedder=embedder,
            attn_mask_builder=mask,
            query_tower_feature_names=query_features or query_features_of(schema),
            item_tower_feature_names=item_features or item_features_of(schema),
            query_embedding_aggregator=query_aggregator,
            item_embedding_aggregator=item_aggregator,
            query_encoder=query_encoder,
            query_tower_output_normalization=norm,
            item_encoder=item_encoder,
            item_features_reader=reader,
        )
        return cls(body, loss, context_merger, head)

    @classmethod
    def from_params(
        cls,
        schema: TensorSchema,
        item_features_reader: FeaturesReaderProtocol,
        embedding_dim: int = 192,
        num_heads: int = 4,
        num_blocks: int = 2,
        max_sequence_length: int = 50,
        dropout: float = 0.3,
        excluded_features: Iterable[str] | None = None,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        init: Literal["balanced", "reference"] = "balanced",
    ) -> Self:
        """A model of the default parts, with relu, sums of embeddings and full cross-entropy.

        Both towers use every feature except the query id, the timestamp and
        `excluded_features`. Dropout is the query tower's; the item tower has none. Weights of the
        reference go with init="reference".
        """
        features = embedded_features(schema, excluded_features)
        parts = default_parts(
            _PARTS,
            "seqrec-model-two-tower:two_tower",
            features,
            categorical_list_feature_aggregation_method,
            init,
            embedding_dim=embedding_dim,
            num_heads=num_heads,
            num_blocks=num_blocks,
            max_sequence_length=max_sequence_length,
            dropout=dropout,
        )
        return cls.from_parts(
            **parts,
            schema=features,
            reader=item_features_reader,
            query_features=features.names,
            item_features=features.names,
            context_merger=None,
        )

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        candidates_to_score: Tensor | None = None,
        positive_labels: Tensor | None = None,
        negative_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
        *,
        output_hidden_states: HiddenStates = "final",
        negative_logq: Tensor | None = None,
        positive_logq: Tensor | None = None,
    ) -> TrainOutput | InferenceOutput:
        """In training the loss of all positions, in evaluation the logits of the last one.

        Features are (B, L) or (B, L, n), left-padded; `padding_mask` (B, L) is True at real
        events. `candidates_to_score` (C,) or (B, C) are the item ids to score; by default all
        V. Labels are (B, L, P), `target_padding_mask` (B, L, P) is True where one counts;
        negatives (N,), (B, N) or (B, L, N) are for losses that need them, `negative_logq` and
        `positive_logq` for those that correct for how often items are drawn, see `Labels`.

        `output_hidden_states` says what else is returned: "final" the query tower's, (B, L, D),
        "all" its embeddings and then one a block, "none" nothing, and then evaluation computes
        the last position only. Merged states, if any, come last.

        Warns (RuntimeWarning) of arguments without effect. Raises ValueError for labels that
        the loss misses.
        """
        return next_item(
            self,
            feature_tensors,
            padding_mask,
            candidates_to_score,
            positive_labels,
            negative_labels,
            target_padding_mask,
            output_hidden_states,
            negative_logq,
            positive_logq,
        )

    def get_logits(
        self, model_embeddings: Tensor, candidates_to_score: Tensor | None = None
    ) -> Tensor:
        """Logits (..., V) of hidden states (..., D), or of candidates (C,), or (B, C) each."""
        return self.scorer()(model_embeddings, candidates_to_score)

    def hidden_states(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        which: Literal["final", "all"] = "final",
    ) -> tuple[Tensor, ...]:
        """The final hidden states (B, L, D), or those of all layers, the scored ones last."""
        tower = self.body.query_tower
        if which == "all":
            states = tower.hidden_states(feature_tensors, padding_mask)
        else:
            states = (tower(feature_tensors, padding_mask),)
        if self.context_merger is None:
            return states
        merged = self.context_merger(model_hidden_state=states[-1], feature_tensors=feature_tensors)
        return (*states, merged)

    def last_hidden_state(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Tensor | None:
        """The scored hidden state (B, D) of the last position, by itself unless merged."""
        if self.context_merger is not None:
            return self.hidden_states(feature_tensors, padding_mask)[-1][:, -1]
        return self.body.query_tower.forward_last(feature_tensors, padding_mask)

    def scorer(self) -> ItemScorer:
        """Scores items for hidden states; computes the tower of all items at most once."""
        tower = self.body.item_tower
        return ItemScorer(self.head, TowerWeights(tower), tower.padding_value)


class TowerWeights:
    """The item weights that a scorer gets for one step: the tower's, computed at most once.

    All items are computed when they are asked for, gradients included, and what comes after is
    looked up among them; before that, a few items are computed by themselves.
    """

    def __init__(self, tower: ItemTower) -> None:
        self.tower = tower
        self.all_items: Tensor | None = None

    def __call__(self, ids: Tensor | None = None) -> Tensor:
        """Embeddings (V, D) of all items, or (*ids.shape, D) of some."""
        if ids is not None and self.all_items is None and self.tower.are_few(ids):
            some_items: Tensor = self.tower(ids)
            return some_items
        if self.all_items is None:
            self.all_items = self.tower()
        all_items = self.all_items
        return all_items if ids is None else take(all_items, self.tower.rows(ids))
