"""Samplers of items that users did not choose, for losses that compare with a few."""

from collections.abc import Iterable

from seqrec_core.spec import Needs, SamplerSpec, inherited, param, required, spec


@spec
class UniformSamplerSpec(SamplerSpec):
    """Draws distinct negative items for the whole batch."""

    target = "seqrec_sampler_standard.uniform_sampler:UniformSampler.from_spec"
    runtime = ("generator", "data_dir")
    cardinality: int = inherited(help="number of items, without padding")
    num_negative_samples: int | None = param(
        None, ge=1, help="negatives for each batch; by default 100, or all items but one"
    )
    sample_distribution: str | None = param(
        None, help='"file:column" of the items\' weights, like items.parquet:count; alike if null'
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        return _too_many(self.num_negative_samples or 1, self.cardinality)

    def needs(self, split: str) -> Needs:
        """The column of weights, in training."""
        place = self.sample_distribution
        return Needs(files=(place,) if place is not None and split == "train" else ())


@spec
class GroupedUniformSamplerSpec(SamplerSpec):
    """Draws distinct negative items for each group of users, for losses over such groups."""

    target = "seqrec_sampler_standard.grouped_uniform_sampler:GroupedUniformSampler.from_spec"
    runtime = ("generator", "data_dir")
    cardinality: int = inherited(help="number of items, without padding")
    num_negative_samples: int | None = param(
        None, ge=1, help="negatives for each group; by default 100, or all items but one"
    )
    group_size: int = param(128, ge=1, help="users of a group, as the loss's logical_batch_size")
    sample_distribution: str | None = param(
        None, help='"file:column" of the items\' weights, like items.parquet:count; alike if null'
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        return _too_many(self.num_negative_samples or 1, self.cardinality)

    def needs(self, split: str) -> Needs:
        """The labels, whose number is that of users, and the column of weights, in training."""
        if split != "train":
            return Needs()
        place = self.sample_distribution
        return Needs(columns=("positive_labels",), files=() if place is None else (place,))


@spec
class MultiClassSamplerSpec(SamplerSpec):
    """Draws distinct negative items of the class that each row names."""

    target = "seqrec_sampler_standard.multiclass_sampler:MultiClassSampler.from_spec"
    runtime = ("generator", "data_dir")
    cardinality: int = inherited(help="number of items, without padding")
    num_negative_samples: int = param(100, ge=1, help="negatives for each row")
    sample_mask: str = required(help='"file:column" of the class, or list of classes, of each item')
    negative_selector_name: str = param("negative_selector", help="column of each row's class")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        return _too_many(self.num_negative_samples, self.cardinality)

    def needs(self, split: str) -> Needs:
        """The column of classes and the class of each row, in training."""
        if split != "train":
            return Needs()
        return Needs(columns=(self.negative_selector_name,), files=(self.sample_mask,))


def _too_many(count: int, cardinality: int) -> Iterable[tuple[str, str]]:
    """The fault of drawing all items, or more; negatives are distinct."""
    if cardinality < 2:
        yield "cardinality", f"is {cardinality}; negatives need a catalogue of at least 2 items"
    elif count >= cardinality:
        yield (
            "num_negative_samples",
            f"is {count}, of {cardinality} items; choose at most {cardinality - 1}",
        )
