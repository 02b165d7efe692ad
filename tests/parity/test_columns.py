"""Transforms: the same columns, in the same order, and the input left as it was."""

import torch
from descriptions import schema
from seqrec_model_sasrec.default_transforms import make_default_sasrec_transforms
from seqrec_model_two_tower.default_transforms import make_default_twotower_transforms
from seqrec_transform_columns.copy import CopyTransform
from seqrec_transform_columns.group import GroupTransform
from seqrec_transform_columns.rename import RenameTransform
from seqrec_transform_columns.unsqueeze import UnsqueezeTransform
from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform
from seqrec_transform_sequence.next_token import NextTokenTransform
from seqrec_transform_sequence.sequence_roll import SequenceRollTransform
from seqrec_transform_sequence.token_mask import TokenMaskTransform
from seqrec_transform_sequence.trim import TrimTransform

CLASSES = (
    CopyTransform,
    GroupTransform,
    MultiClassNegativeSamplingTransform,
    NextTokenTransform,
    RenameTransform,
    SequenceRollTransform,
    TokenMaskTransform,
    TrimTransform,
    UniformNegativeSamplingTransform,
    UnsqueezeTransform,
)
OURS = {each.__name__: each for each in CLASSES}
TEMPLATES = {
    "make_default_sasrec_transforms": make_default_sasrec_transforms,
    "make_default_twotower_transforms": make_default_twotower_transforms,
}


def copied(batch):
    return {name: value.clone() for name, value in batch.items()}


def assert_same(ours, reference):
    assert ours.keys() == reference.keys()
    for name, expected in reference.items():
        if isinstance(expected, dict):
            assert_same(ours[name], expected)
        else:
            torch.testing.assert_close(ours[name], expected, rtol=0, atol=0, equal_nan=True)


def test_a_transform_makes_the_batch_of_the_reference(case, record):
    name, batch = case["component"], case["batch"]
    before = copied(batch)
    if name in TEMPLATES:
        steps = TEMPLATES[name](schema(case["schema"]), "user")[case["split"]]
    else:
        seed = case["seed"]
        drawn = {} if seed is None else {"generator": torch.Generator().manual_seed(seed)}
        steps = [OURS[name](**case["settings"], **drawn)]
    made = torch.nn.Sequential(*steps)(batch)
    assert_same(made, case["output"])
    assert_same(batch, before)
    record(name, "forward", 0.0)
