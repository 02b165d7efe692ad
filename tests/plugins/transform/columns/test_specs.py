"""What specs of transforms declare is what the transforms do, those of sequences included."""

import pytest
import torch

from seqrec_core.build import Runtime, build_part
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema
from seqrec_core.session import read
from seqrec_core.spec import TransformSpec

B, L = 2, 4
MASK = torch.tensor([[False, True, True, True]] * B)
RAW = {"item_id": torch.arange(B * L).view(B, L), "item_id_mask": MASK, "query_id": torch.arange(B)}
GROUPED = {"query_id": torch.arange(B), "g": {"item_id": RAW["item_id"], "price": MASK.float()}}
SCHEMA = TensorSchema(
    TensorFeatureInfo(
        "item_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.ITEM_ID, cardinality=9
    )
)

CASES = [
    ({"type": "copy", "mapping": {"item_id": "items"}}, RAW),
    ({"type": "group", "mapping": {"g": ["item_id", "absent"], "h": ["item_id"]}}, RAW),
    ({"type": "rename", "mapping": {"item_id_mask": "padding_mask", "absent": "there"}}, RAW),
    ({"type": "rename", "mapping": {"g": "h", "query_id": "user"}}, GROUPED),
    ({"type": "select", "feature_names": [["item_id"], ["query_id"]]}, RAW),
    ({"type": "select", "feature_names": [["g", "price"], ["query_id"]]}, GROUPED),
    ({"type": "select", "feature_names": [["g"]]}, GROUPED),
    ({"type": "unsqueeze", "column_name": "item_id", "dim": -1}, RAW),
    ({"type": "next_token", "label_field": "item_id"}, RAW),
    ({"type": "token_mask", "token_field": "item_id_mask", "out_feature_name": "shown"}, RAW),
    ({"type": "trim", "seq_len": 2, "feature_names": ["item_id"]}, RAW),
    (
        {
            "type": "adaptive_trim",
            "feature_names": ["item_id"],
            "padding_mask_name": "item_id_mask",
        },
        RAW,
    ),
    ({"type": "sequence_roll", "field_name": "item_id", "padding_value": 9}, RAW),
    (
        {
            "type": "equality_mask",
            "feature_name": "item_id",
            "equality_value": 1,
            "mask_name": "item_id_mask",
        },
        RAW,
    ),
]


def names(batch):
    return frozenset(
        path
        for name, value in batch.items()
        for path in ([f"{name}.{each}" for each in value] if isinstance(value, dict) else [name])
    )


def without(batch, column):
    group, _, name = column.partition(".")
    rest = {key: value for key, value in batch.items() if key != group}
    if name:
        rest[group] = {key: value for key, value in batch[group].items() if key != name}
    return rest


@pytest.mark.parametrize(("raw", "batch"), CASES)
def test_declared_columns_are_those_of_the_batch_that_it_makes(raw, batch):
    spec = read(raw, TransformSpec)
    transform = build_part(spec, Runtime(SCHEMA))
    assert spec.columns_after(names(batch)) == names(transform(batch))


@pytest.mark.parametrize(("raw", "batch"), CASES)
def test_a_transform_fails_without_a_column_that_it_needs_and_works_without_others(raw, batch):
    spec = read(raw, TransformSpec)
    transform = build_part(spec, Runtime(SCHEMA))
    needs = spec.needs("train").columns
    for column in needs:
        with pytest.raises(KeyError):
            transform(without(batch, column))
    for column in names(batch):
        if column not in needs and column.partition(".")[0] not in needs:
            left = without(batch, column)
            assert spec.columns_after(names(left)) == names(transform(left))
