"""The context merger that tells a model who is asking: what is known of the user."""

from typing import Literal

from seqrec_core.spec import ContextMergerSpec, Needs, inherited, param, spec

__all__ = ["UserFeaturesSpec"]


@spec
class UserFeaturesSpec(ContextMergerSpec):
    """Adds a learned map of the embedded features of users to every hidden state."""

    target = "seqrec_context_merger_users.user_features:UserFeatures.from_spec"
    runtime = ("schema",)
    embedding_dim: int = inherited(ge=1, help="size of the hidden states")
    user_features: tuple[str, ...] | None = param(
        None, help="features of users to embed; by default all but query id and request time"
    )
    dropout: float = inherited(ge=0, lt=1, help="share of the embeddings' values dropped")
    categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = param(
        "mean", help="how the embeddings of a list of ids become one"
    )

    def needs(self, split: str) -> Needs:
        """The features, as far as they are named, in the schema and in batches."""
        names = self.user_features or ()
        return Needs(features=names, columns=tuple(f"feature_tensors.{name}" for name in names))
