"""Embeddings of all features of an event."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Self, cast

from torch import Tensor, nn

from seqrec_core.schema import TensorFeatureInfo, TensorSchema
from seqrec_embedder_sequence.categorical import CategoricalEmbedding
from seqrec_embedder_sequence.numerical import NumericalEmbedding
from seqrec_embedder_sequence.starting_sizes import balanced

__all__ = ["SequenceEmbedding", "event_features"]


class SequenceEmbedding(nn.Module):
    """Embeds each feature of a schema by itself, except excluded_features.

    Sizes come from the schema. The item id's table is also the one that items are scored with,
    without the row of the padding id. sparse asks for row-sparse gradients of the tables. With
    init "balanced" all other features together start no larger than the item's embedding; with
    "reference" each has the draw of the reference, in which one number can drown the item. With
    sharded, processes that train together share out the rows of the item table.

    Raises ValueError when nothing is left to embed or an excluded feature does not exist, and
    NotImplementedError for a feature that is not a sequence.
    """

    def __init__(
        self,
        schema: TensorSchema,
        excluded_features: Iterable[str] | None = None,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        sparse: bool = False,
        init: Literal["balanced", "reference"] = "balanced",
        sharded: bool = False,
    ):
        super().__init__()
        if init not in ("balanced", "reference"):
            raise ValueError(f"unknown init {init!r}; choose 'balanced' or 'reference'")
        self._item_feature_name = item_name = schema.item_id_feature_name
        self._item_padding = next(
            (
                item.padding_value
                for item in schema.item_id_features.all_features
                if item.padding_value != item.cardinality
            ),
            None,
        )
        self.feature_embedders = nn.ModuleDict()
        features, method = (
            _embedded(schema, excluded_features),
            categorical_list_feature_aggregation_method,
        )
        stds = balanced(features, method) if init == "balanced" else {}
        for feature in features:
            std = stds.get(feature.name)
            embedder = (
                CategoricalEmbedding(
                    feature, method, sparse, std, sharded and feature.name == item_name
                )
                if feature.is_cat
                else NumericalEmbedding(feature, std)
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
        init: Literal["balanced", "reference"] = "balanced",
        sharded: bool = False,
    ) -> Self:
        """The embedder of `event_features`."""
        chosen = event_features(schema, excluded_features, features)
        return cls(
            schema,
            set(schema).difference(chosen).union(excluded_features),
            categorical_list_feature_aggregation_method,
            sparse,
            init,
            sharded,
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


def event_features(
    schema: TensorSchema, excluded: Iterable[str] = (), features: Iterable[str] | None = None
) -> list[str]:
    """Names of `features` but the excluded: by default what describes events, without timestamps.

    Query ids and features of queries describe no event: naming one is a ValueError.
    """
    of_events = set(schema.sequential_features) - set(schema.query_id_features)
    if unknown := sorted(set(features or ()) - of_events):
        raise ValueError(f"features has {unknown}; choose of {sorted(of_events)}")
    chosen = of_events - set(schema.timestamp_features) if features is None else set(features)
    return [name for name in schema.names if name in chosen.difference(excluded)]


def _embedded(schema: TensorSchema, names: Iterable[str] | None) -> list[TensorFeatureInfo]:
    """The features of the schema but those with these names, each of them a sequence."""
    excluded = set(names or ())
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
