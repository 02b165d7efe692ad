"""Embeddings of all features of an event."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Self, cast

from torch import Tensor, nn

from seqrec_core.schema import TensorFeatureInfo, TensorSchema
from seqrec_embedder_sequence.categorical import CategoricalEmbedding
from seqrec_embedder_sequence.numerical import NumericalEmbedding

__all__ = ["SequenceEmbedding"]


class SequenceEmbedding(nn.Module):
    """Embeds each feature of a schema by itself, except excluded_features.

    Sizes come from the schema. The item id's table is also the one that items are scored with,
    without the row of the padding id. sparse asks for row-sparse gradients of the tables.

    Raises ValueError when nothing is left to embed or an excluded feature does not exist, and
    NotImplementedError for a feature that is not a sequence.
    """

    def __init__(
        self,
        schema: TensorSchema,
        excluded_features: Iterable[str] | None = None,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        sparse: bool = False,
    ):
        super().__init__()
        self._item_feature_name = schema.item_id_feature_name
        self._item_padding = next(
            (
                item.padding_value
                for item in schema.item_id_features.all_features
                if item.padding_value != item.cardinality
            ),
            None,
        )
        self.feature_embedders = nn.ModuleDict()
        for feature in _embedded(schema, set(excluded_features or ())):
            embedder = (
                CategoricalEmbedding(feature, categorical_list_feature_aggregation_method, sparse)
                if feature.is_cat
                else NumericalEmbedding(feature)
            )
            try:
                self.feature_embedders[feature.name] = embedder
            except KeyError as error:
                raise ValueError(
                    f"torch cannot name a part {feature.name!r} ({error}); rename the feature, "
                    "its column may keep the name"
                ) from error

    @classmethod
    def from_spec(
        cls,
        schema: TensorSchema,
        excluded_features: Iterable[str] = (),
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        sparse: bool = False,
        features: Iterable[str] | None = None,
    ) -> Self:
        """The embedder of `features`, by default of what describes events, without timestamps.

        Query ids and features of queries describe no event: naming one is a ValueError.
        """
        of_events = set(schema.sequential_features) - set(schema.query_id_features)
        if unknown := sorted(set(features or ()) - of_events):
            raise ValueError(f"features has {unknown}; choose of {sorted(of_events)}")
        chosen = of_events - set(schema.timestamp_features) if features is None else set(features)
        return cls(
            schema,
            (set(schema) - chosen).union(excluded_features),
            categorical_list_feature_aggregation_method,
            sparse,
        )

    def reset_parameters(self) -> None:
        """Draws fresh weights; rows of padding are zero."""
        for name in self.feature_embedders:
            self._embedder(name).reset_parameters()

    @property
    def feature_names(self) -> list[str]:
        """Names of the features it embeds, in the schema's order."""
        return list(self.feature_embedders)

    @property
    def embeddings_dim(self) -> dict[str, int]:
        """Size of each feature's embedding."""
        return {name: self._embedder(name).embedding_dim for name in self.feature_embedders}

    def forward(
        self, feature_tensor: Mapping[str, Tensor], feature_names: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Embeds features (B, L) or (B, L, n) as (B, L, D_i), all or those of feature_names."""
        names = self.feature_embedders if feature_names is None else feature_names
        return {name: self.feature_embedders[name](feature_tensor[name]) for name in names}

    def item_padding(self) -> int | None:
        """The item id that pads, whose row is left out of the table; None if it is the last one."""
        return self._item_padding

    def get_item_weights(self, indices: Tensor | None = None) -> Tensor:
        """Embeddings (*indices.shape, D) of items, or (V, D) of all, without the pad row."""
        name = self._item_feature_name
        if name is None or name not in self.feature_embedders:
            raise ValueError(
                f"no item embeddings: the item id feature is {name!r} and the embedded features "
                f"are {self.feature_names}; mark one with FeatureHint.ITEM_ID and embed it"
            )
        embedder = self._embedder(name)
        return embedder.weight if indices is None else embedder(indices)

    def _embedder(self, name: str) -> CategoricalEmbedding | NumericalEmbedding:
        """The embedder of one feature, with the type that a ModuleDict forgets."""
        return cast("CategoricalEmbedding | NumericalEmbedding", self.feature_embedders[name])


def _embedded(schema: TensorSchema, excluded: set[str]) -> list[TensorFeatureInfo]:
    """The features of the schema that are not excluded, each of them a sequence."""
    if unknown := sorted(excluded - set(schema)):
        raise ValueError(f"excluded_features has {unknown}; the schema has {schema.names}")
    features = [feature for feature in schema.all_features if feature.name not in excluded]
    if not features:
        raise ValueError(f"no feature is left to embed: {schema.names} without {sorted(excluded)}")
    for feature in features:
        if not feature.is_seq:
            raise NotImplementedError(
                f"feature {feature.name!r} is not a sequence and cannot be embedded event by "
                "event; exclude it"
            )
    return features
