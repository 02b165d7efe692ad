"""The whole of a spec file: schema, model, data, trainer, what filters and what tracks."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)
from seqrec_core.spec.fields import components, fields_of, param, required
from seqrec_core.spec.kinds import (
    DataModuleSpec,
    ModelSpec,
    PostprocessorSpec,
    TrackerSpec,
    TrainerSpec,
)
from seqrec_core.spec.record import Record, spec

FORMAT = 2
OFFERED = ("cardinality", "padding_value", "item_feature_name", "feature_names", "query_column")


@spec
class FeatureSpec(Record):
    """One feature of the data, as a spec file writes it."""

    name: str = required(help="name of the feature, and of its column unless told otherwise")
    type: FeatureType = required(help="categorical, numerical, or a list of either")
    hint: FeatureHint | None = param(None, help="the part it plays: item_id, query_id, …")
    cardinality: int | None = param(None, ge=1, help="number of ids, without padding")
    padding_value: int | None = param(None, help="the padding id; by default the cardinality")
    embedding_dim: int | None = param(None, ge=1, help="by default the model's")
    tensor_dim: int | None = param(None, ge=1, help="values per event of a numerical list")
    is_seq: bool = param(True, help="one value per event, or one per sequence")
    source: FeatureSource = param(FeatureSource.INTERACTIONS, help="table it comes from")
    column: str | None = param(None, help="column it is read from; by default its name")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if not self.name:
            yield "name", "is empty; give the name of a feature"
        if self.hint is FeatureHint.ITEM_ID and self.type is not FeatureType.CATEGORICAL:
            yield "type", "an item id is categorical: one id an event; change it, or the hint"
        categorical = self.type in (FeatureType.CATEGORICAL, FeatureType.CATEGORICAL_LIST)
        if categorical and self.cardinality is None:
            yield "cardinality", "missing; a categorical feature needs its number of ids"
        if not categorical and self.cardinality is not None:
            yield "cardinality", "a numerical feature has none; remove it"
        if self.type is FeatureType.CATEGORICAL and self.tensor_dim is not None:
            yield "tensor_dim", "a categorical feature has one value an event; remove it"

    def info(self) -> TensorFeatureInfo:
        """The same feature in the form that modules take."""
        padding = {} if self.padding_value is None else {"padding_value": self.padding_value}
        return TensorFeatureInfo(
            self.name,
            feature_type=self.type,
            is_seq=self.is_seq,
            feature_hint=self.hint,
            feature_sources=[TensorFeatureSource(self.source, self.column or self.name)],
            cardinality=self.cardinality,
            embedding_dim=self.embedding_dim,
            tensor_dim=self.tensor_dim,
            **padding,
        )


@spec
class SchemaSpec(Record):
    """The features of the data, as a spec file writes them."""

    features: tuple[FeatureSpec, ...] = required(help="every feature, in order")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across features: pairs (field, what is wrong)."""
        names = [feature.name for feature in self.features]
        for name in sorted(name for name, count in Counter(names).items() if count > 1):
            yield "features", f"{name!r} stands twice; names must differ"
        items = [feature for feature in self.features if feature.hint is FeatureHint.ITEM_ID]
        if len(items) != 1:
            yield "features", f'{len(items)} features have "hint": "item_id"; mark exactly one'

    def tensor_schema(self) -> TensorSchema:
        """The same schema in the form that modules take."""
        return TensorSchema([feature.info() for feature in self.features])

    @classmethod
    def of(cls, schema: TensorSchema) -> "SchemaSpec":
        """The spec that `tensor_schema()` would turn into this schema."""
        return cls(features=tuple(_feature_spec(info) for info in schema.all_features))

    def offers(self) -> dict[str, Any]:
        """What inherited fields may take from the schema."""
        schema = self.tensor_schema()
        item = schema.item_id_features.item()
        names = tuple(schema.sequential_features.names)
        query = schema.query_id_feature_name or "query_id"
        values = (item.cardinality, item.padding_value, item.name, names, query)
        return dict(zip(OFFERED, values, strict=True))


def _feature_spec(info: TensorFeatureInfo) -> FeatureSpec:
    origin = info.feature_sources[0] if info.feature_sources else None
    return FeatureSpec(
        name=info.name,
        type=info.feature_type,
        hint=info.feature_hint,
        cardinality=info.cardinality,
        padding_value=info.padding_value,
        embedding_dim=info.embedding_dim,
        tensor_dim=info.tensor_dim,
        is_seq=info.is_seq,
        source=origin.source if origin else FeatureSource.INTERACTIONS,
        column=origin.column if origin else None,
    )


@spec
class Recipe(Record):
    """Everything it takes to build a model, and, where `data` and `trainer` stand, to train it."""

    seqrec: int = param(FORMAT, ge=FORMAT, le=FORMAT, help="version of the spec format")
    seed: int = param(42, ge=0, lt=2**63, help="seed of weights, shuffling, dropout, negatives")
    schema: SchemaSpec = required(help="the features of the data")
    model: ModelSpec = required(help="what to build")
    data: DataModuleSpec | None = param(None, help="where batches come from")
    trainer: TrainerSpec | None = param(None, help="how the model is trained")
    postprocessors: tuple[PostprocessorSpec, ...] = components(
        "seqrec-postprocessor-seen:seen_items",
        help="what changes logits before they are ranked, wherever they are; needs no plugin "
        "where nothing is ranked",
    )
    trackers: tuple[TrackerSpec, ...] = components(
        "seqrec-tracker-tensorboard:tensorboard", help="where training is followed"
    )

    @classmethod
    def default_postprocessors(cls) -> list[dict[str, Any]]:
        """Those of a recipe that names none, as plain data."""
        return next(f for f in fields_of(cls) if f.name == "postprocessors").raw_defaults()

    def __repr__(self) -> str:
        """What differs from defaults, a line a part."""
        from seqrec_core.notebook import recipe_text

        return recipe_text(self)

    def _repr_html_(self) -> str:
        """A tree that folds, for notebooks."""
        from seqrec_core.notebook import recipe_html

        return recipe_html(self)
