"""Transforms that draw items a user did not choose, for losses that compare with a few."""

from collections.abc import Iterable

from seqrec_core.spec import Needs, TransformSpec, inherited, param, required, spec


@spec
class NegativesSpec(TransformSpec):
    """Adds the negatives that the model's sampler draws, model.negatives."""

    target = "seqrec_transform_negatives.sampled_negatives:SampledNegatives"
    runtime = ("negatives",)
    logq: bool = param(False, help="adds how often the sampler draws them, for losses that ask")

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those and the negatives."""
        logq = {"negative_logq", "positive_logq"} if self.logq else set()
        return columns | {"negative_labels", *logq}


@spec
class UniformNegativesSpec(TransformSpec):
    """Draws distinct negative items for the whole batch."""

    target = "seqrec_transform_negatives.from_spec:uniform_negatives"
    runtime = ("generator", "data_dir")
    cardinality: int = inherited(help="number of items, without padding")
    num_negative_samples: int = param(100, ge=1, help="negatives for each batch")
    out_feature_name: str = param("negative_labels", help="name of the negatives")
    sample_distribution: str | None = param(
        None, help='"file:column" of the items\' weights, like items.parquet:count; alike if null'
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        return _too_many(self.num_negative_samples, self.cardinality)

    def needs(self, split: str) -> Needs:
        """The column of weights."""
        place = self.sample_distribution
        return Needs(files=() if place is None else (place,))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those and the negatives."""
        return columns | {self.out_feature_name}


@spec
class MultiClassNegativesSpec(TransformSpec):
    """Draws distinct negative items of the class that each row names."""

    target = "seqrec_transform_negatives.from_spec:multiclass_negatives"
    runtime = ("generator", "data_dir")
    cardinality: int = inherited(help="number of items, without padding")
    num_negative_samples: int = param(100, ge=1, help="negatives for each row")
    sample_mask: str = required(help='"file:column" of the class, or list of classes, of each item')
    negative_selector_name: str = param("negative_selector", help="column of each row's class")
    out_feature_name: str = param("negative_labels", help="name of the negatives")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        return _too_many(self.num_negative_samples, self.cardinality)

    def needs(self, split: str) -> Needs:
        """The column of classes and the class of each row."""
        return Needs(columns=(self.negative_selector_name,), files=(self.sample_mask,))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those and the negatives."""
        return columns | {self.out_feature_name}


def _too_many(count: int, cardinality: int) -> Iterable[tuple[str, str]]:
    """The fault of drawing all items, or more; negatives are distinct."""
    if count >= cardinality:
        yield (
            "num_negative_samples",
            f"is {count}, of {cardinality} items; choose at most {cardinality - 1}",
        )
