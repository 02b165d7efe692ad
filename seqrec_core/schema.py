"""What the tensors of a batch mean: the features of a data set and their sizes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from numbers import Integral
from typing import Any, get_args, get_origin

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
    REQUEST_TIME = "request_time"


class FeatureSource(Enum):
    """The table a feature comes from."""

    INTERACTIONS = "interactions"
    ITEM_FEATURES = "item_features"
    QUERY_FEATURES = "query_features"


def _as_int(value: Any) -> Any:
    """Whole numbers of other libraries as Python's; anything else stays as it is."""
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value


def _as_tuple(sources: Any) -> Any:
    return tuple(sources) if isinstance(sources, Iterable) else sources


def _check_types(place: str, owner: type, values: Mapping[str, object]) -> None:
    """Raises ValueError for a value of another type than its field has; a bool is no number."""
    for name, value in values.items():
        declared: Any = attrs.fields_dict(owner)[name].type
        kinds = [get_origin(kind) or kind for kind in get_args(declared) or [declared]]
        if not isinstance(value, tuple(kinds)) or isinstance(value, bool) is not (bool in kinds):
            members = [str(member) for kind in kinds if issubclass(kind, Enum) for member in kind]
            allowed = members or [kind.__name__.removesuffix("Type") for kind in kinds]
            raise ValueError(f"{place}: {name} is {value!r}; give {' or '.join(allowed)}")


@attrs.frozen
class TensorFeatureSource:
    """The column a feature is read from; `index` picks one entry of a list column."""

    source: FeatureSource
    column: str
    index: int | None = attrs.field(default=None, converter=_as_int)

    def __attrs_post_init__(self) -> None:
        _check_types(f"source {self.column!r}", TensorFeatureSource, attrs.asdict(self))


@attrs.frozen
class TensorFeatureInfo:
    """One feature of a batch.

    `cardinality` counts the real values of a categorical feature, without padding;
    `padding_value` is the id that stands for "nothing here", by default `cardinality` for
    categorical features and 0 for numerical ones. `tensor_dim` is the number of values per
    event of a list, `embedding_dim` the size of the feature's embedding. Raises ValueError for
    anything of another type, and for sizes that the feature cannot have.
    """

    name: str
    feature_type: FeatureType
    is_seq: bool = False
    feature_hint: FeatureHint | None = None
    feature_sources: tuple[TensorFeatureSource, ...] | None = attrs.field(
        default=None, converter=_as_tuple
    )
    cardinality: int | None = attrs.field(default=None, converter=_as_int)
    padding_value: int = attrs.field(converter=_as_int)
    embedding_dim: int | None = attrs.field(default=None, converter=_as_int)
    tensor_dim: int | None = attrs.field(default=None, converter=_as_int)

    @padding_value.default
    def _default_padding(self) -> int:
        return self.cardinality or 0

    def __attrs_post_init__(self) -> None:
        place = f"feature {self.name!r}"
        _check_types(place, TensorFeatureInfo, attrs.asdict(self, recurse=False))
        for source in self.feature_sources or ():
            if not isinstance(source, TensorFeatureSource):
                raise ValueError(f"{place}: {source!r} is no source; give TensorFeatureSource")
        absent = "cardinality" if self.is_num else "" if self.is_list else "tensor_dim"
        for size in ("cardinality", "embedding_dim", "tensor_dim"):
            if (value := getattr(self, size)) is None:
                continue
            if size == absent:
                kind = self.feature_type.value
                raise ValueError(f"{place} is {kind} and has no {size}, got {value}; leave it out")
            if value < 1:
                raise ValueError(f"{place}: {size} is {value}; give at least 1, or leave it out")

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


_Features = Iterable[TensorFeatureInfo] | Mapping[str, TensorFeatureInfo] | TensorFeatureInfo


class TensorSchema(Mapping[str, TensorFeatureInfo]):
    """The features of a data set by name, in order; immutable. `schema + other` has both's.

    Made of one, of several, or of a mapping from names; TypeError for others, ValueError for twins.
    """

    def __init__(self, features_list: _Features):
        if isinstance(features_list, TensorFeatureInfo):
            features_list = [features_list]
        keys = list(features_list) if isinstance(features_list, Mapping) else None
        values = features_list.values() if isinstance(features_list, Mapping) else features_list
        features = tuple(values)
        for feature in features:
            if not isinstance(feature, TensorFeatureInfo):
                raise TypeError(f"a schema is made of TensorFeatureInfo, got {feature!r}")
        names = [feature.name for feature in features]
        if keys is not None and keys != names:
            raise ValueError(f"keys must be the names of their features: {keys} stand for {names}")
        if twice := sorted(name for name, count in Counter(names).items() if count > 1):
            raise ValueError(f"features must have different names; these stand twice: {twice}")
        self._features: dict[str, TensorFeatureInfo] = dict(zip(names, features, strict=True))

    def __getitem__(self, name: str) -> TensorFeatureInfo:
        try:
            return self._features[name]
        except KeyError:
            raise KeyError(f"no feature {name!r} in the schema; it has {list(self)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._features)

    def __len__(self) -> int:
        return len(self._features)

    def __add__(self, other: "TensorSchema") -> "TensorSchema":
        if not isinstance(other, TensorSchema):
            return NotImplemented
        return TensorSchema([*self.all_features, *other.all_features])

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
        """The features with these names; KeyError for one that the schema does not have."""
        if isinstance(names, str):
            raise TypeError(f"subset() takes several names, got {names!r}; write [{names!r}]")
        chosen = dict.fromkeys(names)
        if unknown := [name for name in chosen if name not in self]:
            raise KeyError(f"no features {unknown} in the schema; it has {self.names}")
        return self._select(lambda feature: feature.name in chosen)

    def filter(
        self,
        name: str | None = None,
        feature_hint: FeatureHint | None = None,
        is_seq: bool | None = None,
        feature_type: FeatureType | None = None,
    ) -> "TensorSchema":
        """The features that have all that is asked for; None asks for nothing."""
        hint, kind = feature_hint, feature_type
        asked = {"name": name, "feature_hint": hint, "is_seq": is_seq, "feature_type": kind}
        asked = {field: value for field, value in asked.items() if value is not None}
        _check_types("filter()", TensorFeatureInfo, asked)
        return self._select(
            lambda feature: all(getattr(feature, field) == asked[field] for field in asked)
        )

    @property
    def sequential_features(self) -> "TensorSchema":
        """Features with one value per event of the sequence."""
        return self.filter(is_seq=True)

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
        return self.filter(feature_hint=FeatureHint.ITEM_ID)

    @property
    def query_id_features(self) -> "TensorSchema":
        """Features with the hint QUERY_ID."""
        return self.filter(feature_hint=FeatureHint.QUERY_ID)

    @property
    def timestamp_features(self) -> "TensorSchema":
        """Features with the hint TIMESTAMP."""
        return self.filter(feature_hint=FeatureHint.TIMESTAMP)

    @property
    def rating_features(self) -> "TensorSchema":
        """Features with the hint RATING."""
        return self.filter(feature_hint=FeatureHint.RATING)

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

    def _select(self, keep: Callable[[TensorFeatureInfo], bool]) -> "TensorSchema":
        return TensorSchema([feature for feature in self.all_features if keep(feature)])


def _only_name(schema: TensorSchema) -> str | None:
    return schema.item().name if len(schema) else None
