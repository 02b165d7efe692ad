"""The embedder whose items are vectors that another model made, of text or pictures."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from seqrec_core.spec import EmbedderSpec, Needs, inherited, param, required, spec

__all__ = ["PretrainedEmbeddingSpec"]


@spec
class PretrainedEmbeddingSpec(EmbedderSpec):
    """Pretrained vectors of items through an adaptor; other features as in `sequence`."""

    target = "seqrec_embedder_pretrained.from_spec:pretrained_embedding"
    source = "https://arxiv.org/abs/2206.05941"
    runtime = ("schema", "data_dir")
    vectors: str = required(help='"file.npy" or "file.parquet:column" in the data folder')
    id_column: str | None = param(
        "item", help="ids of the data in a Parquet file; without it rows are in the items' order"
    )
    missing: Literal["error", "zero"] = param(
        "error", help="what items get that the file's ids do not have: an error, or zeros"
    )
    normalise: Literal["standardise", "whiten", "none"] = param(
        "standardise", help="what is done to the vectors before anything is learned"
    )
    adaptor: Literal["linear", "mlp", "moe"] = param(
        "linear", help="what maps vectors to embeddings; moe is UniSRec's mixture of experts"
    )
    num_experts: int = param(8, ge=1, help="experts of the adaptor moe")
    adaptor_dropout: float = param(0.0, ge=0, lt=1, help="share of the vectors' values dropped")
    trainable: bool = param(False, help="whether the vectors themselves are tuned")
    with_ids: bool = param(False, help="adds a learned embedding of each item's id")
    features: tuple[str, ...] | None = inherited(
        default=None, help="features to embed; by default those of events but query id, timestamp"
    )
    excluded_features: tuple[str, ...] = param(
        (), help="features not to embed, besides query id, timestamp and what is no sequence"
    )
    categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = param(
        "sum", help="how the embeddings of a list of ids become one"
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        file, _, column = self.vectors.rpartition(":")
        if not self.vectors.endswith(".npy") and not (file.endswith(".parquet") and column):
            yield "vectors", f'is {self.vectors!r}; write "file.npy" or "file.parquet:column"'

    def needs(self, split: str) -> Needs:
        """The features that it embeds, and the column of a Parquet file in the data folder."""
        left_out = self.excluded_features
        names = ("*",) if self.features is None and not left_out else self.features or ()
        is_column = not self.vectors.endswith(".npy") and not Path(self.vectors).is_absolute()
        return Needs(
            features=tuple(name for name in names if name not in left_out),
            files=(self.vectors,) if is_column else (),
        )
