"""What a schema says of the columns of a file."""

import attrs

from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo, TensorSchema

EVALUATION = ("ground_truth", "seen_ids", "train")


@attrs.frozen(kw_only=True)
class Expectation:
    """What a column has to hold.

    `depth` counts the dimensions of its lists. Of ids, `cardinality` is their number and
    `padding` the one that is none; None where any whole number will do. `width` is the number of
    values in an innermost list, at most so many of ids. `is_event`: one value for each event;
    `is_time`: when each was; `is_request`: when the row is asked for.
    """

    name: str
    feature: str = ""
    depth: int
    is_id: bool
    cardinality: int | None = None
    padding: int | None = None
    width: int | None = None
    is_event: bool = False
    is_needed: bool = True
    is_time: bool = False
    is_request: bool = False
    is_query: bool = False
    is_item: bool = False

    @classmethod
    def of(cls, feature: TensorFeatureInfo) -> "Expectation":
        """That of a feature; users that training did not know may come later."""
        is_bounded = feature.is_cat and feature.feature_hint is not FeatureHint.QUERY_ID
        return cls(
            name=event_column(feature),
            feature=feature.name,
            depth=feature.is_seq + feature.is_list,
            is_id=feature.is_cat,
            cardinality=feature.cardinality if is_bounded else None,
            padding=feature.padding_value if is_bounded else None,
            width=feature.tensor_dim,
            is_event=feature.is_seq,
            is_needed=feature.is_seq or _is_of_users(feature),
            is_time=feature.feature_hint is FeatureHint.TIMESTAMP,
            is_request=feature.feature_hint is FeatureHint.REQUEST_TIME,
            is_query=feature.feature_hint is FeatureHint.QUERY_ID,
            is_item=feature.feature_hint is FeatureHint.ITEM_ID,
        )

    @property
    def highest(self) -> int | None:
        """The highest id, None where there is no bound: ids are 0 to it, without the padding."""
        if self.cardinality is None or self.padding is None:
            return None
        return self.cardinality - (not 0 <= self.padding < self.cardinality)


def expectations(schema: TensorSchema) -> dict[str, Expectation]:
    """Those of the features of a schema, and of what evaluation reads, by column."""
    columns = {event_column(feature): Expectation.of(feature) for feature in schema.all_features}
    if schema.query_id_feature_name is None:
        query = Expectation(name="query_id", depth=0, is_id=True, is_needed=False, is_query=True)
        columns.setdefault(query.name, query)
    for name in EVALUATION:
        columns.setdefault(name, Expectation(name=name, depth=1, is_id=True, is_needed=False))
    return columns


def event_column(feature: TensorFeatureInfo) -> str:
    """The column of the rows of events that a feature is read from: by its source, or its name.

    Features of items and users stand in these rows by their names.
    """
    events = (
        source
        for source in feature.feature_sources or ()
        if source.source is FeatureSource.INTERACTIONS
    )
    return next((source.column for source in events), feature.name)


def item_column(schema: TensorSchema) -> str | None:
    """The column of the items of events, by which a row's length is told."""
    name = schema.item_id_feature_name
    return None if name is None else event_column(schema[name])


def _is_of_users(feature: TensorFeatureInfo) -> bool:
    """Whether a feature says something of the user of a row, or of when it is asked for."""
    sources = {source.source for source in feature.feature_sources or ()}
    is_query = feature.feature_hint is FeatureHint.QUERY_ID
    is_request = feature.feature_hint is FeatureHint.REQUEST_TIME
    return is_request or (FeatureSource.QUERY_FEATURES in sources and not is_query)
