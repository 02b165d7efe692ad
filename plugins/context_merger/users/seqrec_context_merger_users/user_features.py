"""Features of users in hidden states."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Literal, Self

import torch
from seqrec_embedder_sequence.categorical import CategoricalEmbedding
from seqrec_embedder_sequence.numerical import NumericalEmbedding
from torch import Tensor, nn

from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo, TensorSchema

__all__ = ["UserFeatures"]

_LEFT_OUT = (FeatureHint.QUERY_ID, FeatureHint.REQUEST_TIME)


class UserFeatures(nn.Module):
    """Adds W e + b to every hidden state h, where e are the embedded features of the user.

    e is the concatenation of the features' embeddings, each as long as its embedding_dim. W and b
    start at zero, so that the model starts as the one without features does. Other features than
    those of users do not matter. Raises ValueError without features, and for those of events.

    Source: Covington et al., "Deep Neural Networks for YouTube Recommendations", RecSys 2016,
    section 3.2, gives features of users to the network besides the history. Deviation: they join
    behind it, by a sum, so that no event is computed anew for them.
    """

    def __init__(
        self,
        features: Sequence[TensorFeatureInfo],
        embedding_dim: int,
        dropout: float = 0.0,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "mean",
    ):
        super().__init__()
        if not features:
            raise ValueError(
                "there are no features of users to merge; prepare some with the data, or leave "
                "context_merger out"
            )
        if of_events := [feature.name for feature in features if feature.is_seq]:
            raise ValueError(f"{of_events} are features of events; embed them in the embedder")
        self.embedders = nn.ModuleList()
        for feature in features:
            size = feature.tensor_dim or 1
            self.embedders.append(
                CategoricalEmbedding(
                    feature,
                    categorical_list_feature_aggregation_method,
                    std=1 / sqrt(feature.embedding_dim or 1),
                )
                if feature.is_cat
                else NumericalEmbedding(feature, std=1 / sqrt(size * (feature.embedding_dim or 1)))
            )
        self.feature_names = [feature.name for feature in features]
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(sum(f.embedding_dim or 0 for f in features), embedding_dim)
        self._start_at_zero()

    @classmethod
    def from_spec(
        cls,
        schema: TensorSchema,
        embedding_dim: int,
        dropout: float = 0.0,
        user_features: Iterable[str] | None = None,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "mean",
    ) -> Self:
        """The merger of these features: by default all whose source is query_features.

        Raises ValueError for names that are no feature of users.
        """
        known = [feature for feature in schema.all_features if _is_of_users(feature)]
        names = {f.name for f in known} if user_features is None else set(user_features)
        if unknown := sorted(names - {feature.name for feature in known}):
            raise ValueError(
                f"user_features has {unknown}; features of users are "
                f"{[feature.name for feature in known] or 'none'}"
            )
        chosen = [feature for feature in known if feature.name in names]
        return cls(chosen, embedding_dim, dropout, categorical_list_feature_aggregation_method)

    def reset_parameters(self) -> None:
        """Draws fresh embeddings; the map is zero."""
        for embedder in self.embedders:
            assert isinstance(embedder, CategoricalEmbedding | NumericalEmbedding)
            embedder.reset_parameters()
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, model_hidden_state: Tensor, feature_tensors: Mapping[str, Tensor]) -> Tensor:
        """States (B, L, D) or (B, D), with features (B,) or (B, n) of their users added."""
        embedded = [
            embedder(self._values(feature_tensors, name))
            for name, embedder in zip(self.feature_names, self.embedders, strict=True)
        ]
        context: Tensor = self.linear(self.dropout(torch.cat(embedded, -1)))  # (B, D)
        if model_hidden_state.dim() > context.dim():
            context = context.unsqueeze(1)
        return model_hidden_state + context

    def _values(self, feature_tensors: Mapping[str, Tensor], name: str) -> Tensor:
        if name not in feature_tensors:
            raise ValueError(
                f"there is no feature {name!r} of users among {sorted(feature_tensors)}; group it "
                "with the others into feature_tensors"
            )
        return feature_tensors[name]


def _is_of_users(feature: TensorFeatureInfo) -> bool:
    """Whether a feature has one value, or one list, a user."""
    sources = {source.source for source in feature.feature_sources or ()}
    is_theirs = not feature.is_seq and FeatureSource.QUERY_FEATURES in sources
    return is_theirs and feature.feature_hint not in _LEFT_OUT
