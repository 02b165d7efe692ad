import pytest

from seqrec_core.schema import FeatureHint, FeatureSource, FeatureType
from seqrec_core.spec import FeatureSpec, SchemaSpec

ITEM = FeatureSpec(
    name="item", type=FeatureType.CATEGORICAL, hint=FeatureHint.ITEM_ID, cardinality=9
)
PRICE = FeatureSpec(
    name="price",
    type=FeatureType.NUMERICAL_LIST,
    tensor_dim=3,
    source=FeatureSource.ITEM_FEATURES,
    column="cost",
)


def faults(record):
    return dict(record.check())


def test_a_categorical_feature_needs_its_number_of_ids():
    bare = FeatureSpec(name="x", type=FeatureType.CATEGORICAL_LIST)
    assert "needs its number of ids" in faults(bare)["cardinality"]
    number = FeatureSpec(name="x", type=FeatureType.NUMERICAL, cardinality=3)
    assert "remove it" in faults(number)["cardinality"]
    assert faults(ITEM) == {}


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ((ITEM, ITEM), "'item' stands twice; names must differ"),
        ((PRICE,), '0 features have "hint": "item_id"; mark exactly one'),
    ],
)
def test_rules_of_the_schema_are_checked(features, message):
    assert ("features", message) in list(SchemaSpec(features=features).check())


def test_a_schema_becomes_that_of_tensors_and_comes_back():
    schema = SchemaSpec(features=(ITEM, PRICE))
    tensors = schema.tensor_schema()
    assert tensors.names == ["item", "price"]
    assert tensors["item"].padding_value == 9
    assert tensors["price"].feature_source.column == "cost"
    assert SchemaSpec.of(tensors).tensor_schema() == tensors


def test_a_schema_offers_what_parts_inherit():
    offers = SchemaSpec(features=(ITEM, PRICE)).offers()
    assert offers == {
        "cardinality": 9,
        "padding_value": 9,
        "item_feature_name": "item",
        "feature_names": ("item", "price"),
        "query_column": "query_id",
    }


def test_an_item_id_is_categorical_and_a_feature_has_a_name():
    item = FeatureSpec(name="", type=FeatureType.NUMERICAL, hint=FeatureHint.ITEM_ID)
    assert [name for name, _ in item.check()] == ["name", "type"]
