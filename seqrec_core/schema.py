"""What the tensors of a batch mean: the features of a data set and their sizes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

import attrs

__all__ = [
    "FeatureHint",
    "FeatureSource",
    "FeatureType",
    "TensorFeatureInfo",
    "TensorFeatureSource",
    "TensorSchema",
]


class FeatureType(Enum):
    """How the values of a feature are to be read."""

    CATEGORICAL = "categorical"
    CATEGORICAL_LIST = "categorical_list"
    NUMERICAL = "numerical"
    NUMERICAL_LIST = "numerical_list"


class FeatureHint(Enum):
    """The part a feature plays."""

    ITEM_ID = "item_id"
    QUERY_ID = "query_id"
    RATING = "rating"
    TIMESTAMP = "timestamp"


class FeatureSource(Enum):
    """The table a feature comes from."""

    INTERACTIONS = "interactions"
    ITEM_FEATURES = "item_features"
    QUERY_FEATURES = "query_features"


@attrs.frozen
class TensorFeatureSource:
    """The column a feature is read from; `index` picks one entry of a list column."""

    source: FeatureSource
    column: str
    index: int | None = None


def _as_tuple(
    sources: Iterable[TensorFeatureSource] | None,
) -> tuple[TensorFeatureSource, ...] | None:
    return None if sources is None else tuple(sources)


@attrs.frozen
class TensorFeatureInfo:
    """One feature of a batch.

    `cardinality` counts the real values of a categorical feature, without padding;
    `padding_value` is the id that stands for "nothing here", by default `cardinality` for
    categorical features and 0 for numerical ones. `tensor_dim` is the number of values per
    event of a numerical list, `embedding_dim` the size of the feature's embedding.
    """

    name: str
    feature_type: FeatureType
    is_seq: bool = False
    feature_hint: FeatureHint | None = None
    feature_sources: tuple[TensorFeatureSource, ...] | None = attrs.field(
        default=None, converter=_as_tuple
    )
    cardinality: int | None = None
    padding_value: int = attrs.field()
    embedding_dim: int | None = None
    tensor_dim: int | None = None

    @padding_value.default
    def _default_padding(self) -> int:
        return self.cardinality or 0

    def __attrs_post_init__(self) -> None:
        if self.is_num and self.cardinality is not None:
            raise ValueError(
                f"feature {self.name!r} is numerical and has no cardinality, "
                f"got {self.cardinality}; leave it out"
            )

    @property
    def feature_source(self) -> TensorFeatureSource | None:
        """The only source, None when there is none; ValueError when there are several."""
        if not self.feature_sources:
            return None
        if len(self.feature_sources) > 1:
            raise ValueError(f"feature {self.name!r} has several sources; use feature_sources")
        return self.feature_sources[0]

    @property
    def is_cat(self) -> bool:
        """Whether values are ids."""
        return self.feature_type in (FeatureType.CATEGORICAL, FeatureType.CATEGORICAL_LIST)

    @property
    def is_num(self) -> bool:
        """Whether values are numbers."""
        return not self.is_cat

    @property
    def is_list(self) -> bool:
        """Whether one event holds several values."""
        return self.feature_type in (FeatureType.CATEGORICAL_LIST, FeatureType.NUMERICAL_LIST)


class TensorSchema(Mapping[str, TensorFeatureInfo]):
    """The features of a data set by name, in order; immutable."""

    def __init__(self, features_list: Sequence[TensorFeatureInfo] | TensorFeatureInfo):
        if isinstance(features_list, TensorFeatureInfo):
            features_list = [features_list]
        self._features = {feature.name: feature for feature in features_list}
        if len(self._features) != len(features_list):
            names = [feature.name for feature in features_list]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"features must have different names; these stand twice: {twice}")

    def __getitem__(self, name: str) -> TensorFeatureInfo:
        try:
            return self._features[name]
        except KeyError:
            raise KeyError(f"no feature {name!r} in the schema; it has {list(self)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._features)

    def __len__(self) -> int:
        return len(self._features)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSchema) and self.all_features == other.all_features

    def __hash__(self) -> int:
        return hash(self.all_features)

    def __repr__(self) -> str:
        return f"TensorSchema({list(self.all_features)!r})"

    @property
    def all_features(self) -> tuple[TensorFeatureInfo, ...]:
        """Every feature, in order."""
        return tuple(self._features.values())

    @property
    def names(self) -> list[str]:
        """Every feature's name, in order."""
        return list(self._features)

    def item(self) -> TensorFeatureInfo:
        """The only feature; ValueError when there is none, or more than one."""
        if len(self) != 1:
            raise ValueError(f"item() needs a schema of exactly one feature, this has {self.names}")
        return self.all_features[0]

    def subset(self, names: Iterable[str]) -> "TensorSchema":
        """The features with these names."""
        chosen = set(names)
        return self._select(lambda feature: feature.name in chosen)

    @property
    def sequential_features(self) -> "TensorSchema":
        """Features with one value per event of the sequence."""
        return self._select(lambda feature: feature.is_seq)

    @property
    def categorical_features(self) -> "TensorSchema":
        """Features whose values are ids."""
        return self._select(lambda feature: feature.is_cat)

    @property
    def numerical_features(self) -> "TensorSchema":
        """Features whose values are numbers."""
        return self._select(lambda feature: feature.is_num)

    @property
    def item_id_features(self) -> "TensorSchema":
        """Features with the hint ITEM_ID."""
        return self._hinted(FeatureHint.ITEM_ID)

    @property
    def query_id_features(self) -> "TensorSchema":
        """Features with the hint QUERY_ID."""
        return self._hinted(FeatureHint.QUERY_ID)

    @property
    def timestamp_features(self) -> "TensorSchema":
        """Features with the hint TIMESTAMP."""
        return self._hinted(FeatureHint.TIMESTAMP)

    @property
    def rating_features(self) -> "TensorSchema":
        """Features with the hint RATING."""
        return self._hinted(FeatureHint.RATING)

    @property
    def item_id_feature_name(self) -> str | None:
        """Name of the item id feature, None when there is none."""
        return _only_name(self.item_id_features)

    @property
    def query_id_feature_name(self) -> str | None:
        """Name of the query id feature, None when there is none."""
        return _only_name(self.query_id_features)

    @property
    def timestamp_feature_name(self) -> str | None:
        """Name of the timestamp feature, None when there is none."""
        return _only_name(self.timestamp_features)

    @property
    def rating_feature_name(self) -> str | None:
        """Name of the rating feature, None when there is none."""
        return _only_name(self.rating_features)

    def _hinted(self, hint: FeatureHint) -> "TensorSchema":
        return self._select(lambda feature: feature.feature_hint is hint)

    def _select(self, keep: Callable[[TensorFeatureInfo], bool]) -> "TensorSchema":
        return TensorSchema([feature for feature in self.all_features if keep(feature)])


def _only_name(schema: TensorSchema) -> str | None:
    return schema.item().name if len(schema) else None
