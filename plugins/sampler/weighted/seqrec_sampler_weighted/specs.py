"""Samplers that draw some items more often than others, for losses that can correct for it."""

from collections.abc import Iterable

from seqrec_core.spec import Needs, SamplerSpec, components, inherited, param, spec


@spec
class PopularitySamplerSpec(SamplerSpec):
    """Draws items with replacement, each as often as a power of its number of events says."""

    target = "seqrec_sampler_weighted.popularity_sampler:PopularitySampler.from_spec"
    runtime = ("generator", "data_dir")
    source = "https://arxiv.org/abs/1310.4546"
    cardinality: int = inherited(ge=2, help="number of items, without padding")
    num_negative_samples: int = param(100, ge=1, help="negatives for each batch, or each user")
    alpha: float = param(0.75, ge=0, help="power of the counts: 1 as often as they are, 0 alike")
    counts: str = param("items.parquet:count", help='"file:column" of the events of each item')
    smoothing: float = param(0.0, ge=0, help="added to counts; items of count 0 are else not drawn")
    per_user: bool = param(False, help="draws for each user of a batch, not once for all of them")

    def needs(self, split: str) -> Needs:
        """The column of counts, in training."""
        return Needs(files=(self.counts,) if split == "train" else ())


@spec
class InBatchSamplerSpec(SamplerSpec):
    """Takes the targets of the other positions of the batch."""

    target = "seqrec_sampler_weighted.in_batch_sampler:InBatchSampler.from_spec"
    runtime = ("generator", "data_dir")
    source = "https://doi.org/10.1145/3298689.3346996"
    cardinality: int = inherited(ge=2, help="number of items, without padding")
    num_negative_samples: int | None = param(
        None, ge=1, help="how many of the targets to draw; by default all of them"
    )
    counts: str | None = param(
        "items.parquet:count",
        help='"file:column" of the events of each item, for losses with logq; null if none has',
    )

    def needs(self, split: str) -> Needs:
        """The column of counts, in training."""
        return Needs(files=(self.counts,) if self.counts is not None and split == "train" else ())


@spec
class MixedSamplerSpec(SamplerSpec):
    """Puts together what several samplers draw, each with its own number of negatives."""

    target = "seqrec_sampler_weighted.mixed_sampler:MixedSampler.from_spec"
    runtime = ("generator",)
    source = "https://doi.org/10.1145/3366424.3386195"
    cardinality: int = inherited(ge=2, help="number of items, without padding")
    parts: tuple[SamplerSpec, ...] = components(
        "seqrec-sampler-weighted:in_batch",
        "seqrec-sampler-standard:uniform",
        help="the samplers, of whatever kind",
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if not self.parts:
            yield "parts", "is empty; name at least one sampler"

    def needs(self, split: str) -> Needs:
        """The columns that its parts read of a batch; they say themselves which files."""
        return Needs(columns=tuple(c for part in self.parts for c in part.needs(split).columns))
