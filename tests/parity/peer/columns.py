"""Transforms: a batch before and after."""

import torch
from recording import case, plain
from replay.nn import transform
from replay.nn.transform.template import (
    make_default_sasrec_transforms,
    make_default_twotower_transforms,
)
from schemas import ITEMS, PLAIN, RICH, features, padding_mask, schema

TRANSFORMS = (
    ("CopyTransform", {"mapping": {"item_id_mask": "padding_mask", "item_id": "twin"}}),
    ("GroupTransform", {"mapping": {"feature_tensors": ["genres", "item_id", "absent"]}}),
    ("RenameTransform", {"mapping": {"user": "query_id", "item_id_mask": "padding_mask"}}),
    ("UnsqueezeTransform", {"column_name": "item_id", "dim": -1}),
    ("UnsqueezeTransform", {"column_name": "user", "dim": 0}),
    ("NextTokenTransform", {"label_field": "item_id", "query_features": "user"}),
    ("NextTokenTransform", {"label_field": "item_id", "query_features": ["user"], "shift": 3}),
    ("NextTokenTransform", {"label_field": "genres", "query_features": "user"}),
    ("TrimTransform", {"seq_len": 4, "feature_names": ["item_id", "genres", "item_id_mask"]}),
    ("TrimTransform", {"seq_len": 7, "feature_names": "item_id"}),
    ("SequenceRollTransform", {"field_name": "item_id", "padding_value": ITEMS}),
    ("SequenceRollTransform", {"field_name": "genres", "roll": 2, "padding_value": 6}),
    ("TokenMaskTransform", {"token_field": "one_mask", "mask_prob": 0.3}),
    ("TokenMaskTransform", {"token_field": "all_mask", "mask_prob": 0.0}),
    ("TokenMaskTransform", {"token_field": "one_mask", "mask_prob": 1.0}),
    ("UniformNegativeSamplingTransform", {"cardinality": ITEMS, "num_negative_samples": 7}),
    (
        "UniformNegativeSamplingTransform",
        {
            "cardinality": ITEMS,
            "num_negative_samples": 4,
            "out_feature_name": "drawn",
            "sample_distribution": torch.arange(ITEMS).float(),
        },
    ),
    (
        "MultiClassNegativeSamplingTransform",
        {
            "num_negative_samples": 5,
            "sample_mask": (torch.arange(ITEMS) % 3 == torch.arange(3)[:, None]).float(),
            "negative_selector_name": "class",
        },
    ),
)
TEMPLATES = {
    "make_default_sasrec_transforms": make_default_sasrec_transforms,
    "make_default_twotower_transforms": make_default_twotower_transforms,
}


def cases(folder):
    for seed in range(3):
        for name, settings in TRANSFORMS:
            torch.manual_seed(seed)
            batch = batch_of(RICH)
            drawn = "Mask" in name or "Negative" in name
            generator = {"generator": torch.Generator().manual_seed(seed)} if drawn else {}
            made = getattr(transform, name)(**settings, **generator)(plain(batch))
            content = {"settings": settings, "batch": batch, "output": made}
            yield case(name, f"seed {seed}", **content, seed=seed if drawn else None)
        for name, template in TEMPLATES.items():
            for descriptions in (PLAIN, RICH):
                batch = batch_of(descriptions)
                for split, steps in template(schema(descriptions), "user").items():
                    made = torch.nn.Sequential(*steps)(plain(batch))
                    content = {"schema": descriptions, "batch": batch, "output": made}
                    yield case(name, f"seed {seed}, {split}", **content, split=split)


def batch_of(descriptions):
    mask = padding_mask(3, 7)
    columns = {"user": torch.tensor([5, 3, 4]), **features(descriptions, mask)}
    masks = {f"{each['name']}_mask": mask.clone() for each in descriptions}
    rows = {"one_mask": mask[1], "all_mask": mask[0], "class": torch.tensor([2, 0, 2])}
    return {**columns, **masks, **rows}
