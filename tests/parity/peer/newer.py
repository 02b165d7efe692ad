"""Writes what replay-rec 0.22 has and 0.21 lacks, for the tests of parity to compare with.

An interpreter that has replay-rec 0.22 runs this: `python tests/parity/peer/newer.py FOLDER`.
"""

import sys
import warnings
from pathlib import Path

import losses
import torch
from columns import batch_of
from recording import case, module_case, perturb, plain
from replay.nn import loss, transform
from replay.nn.mask import DefaultAttentionMask
from replay.nn.sequential import LengthBucketedQueryEncoder, SasRecTransformerLayer
from schemas import DIM, ITEM, ITEMS, RICH, features, padding_mask

WEIGHTED = (
    ("CEWeighted", {}, 1),
    ("CEWeighted", {"label_smoothing": 0.2}, 1),
    ("CESampledWeighted", {}, 1),
    ("CESampledWeighted", {}, 3),
    ("LogOutCEWeighted", {"cardinality": ITEMS}, 1),
    ("LogOutCEWeighted", {"cardinality": ITEMS}, 3),
)
GROUPED = (
    ("GroupedCESampled", {}, 1),
    ("GroupedCESampled", {"cardinality": ITEMS}, 1),
    ("GroupedCESampled", {"negative_labels_ignore_index": ITEMS}, 1),
    ("GroupedLogInCESampled", {}, 1),
    ("GroupedLogInCESampled", {"negative_labels_ignore_index": ITEMS}, 3),
    ("GroupedLogInCESampled", {"log_epsilon": 1e-3, "clamp_border": 4.0}, 3),
)
FEATURES = ["item_id", "genres"]
DRAWS = (
    {"num_negative_samples": 7, "group_size": 2},
    {"num_negative_samples": 4, "group_size": 1},
    {
        "num_negative_samples": 5,
        "group_size": 2,
        "sample_distribution": torch.arange(1.0, 1 + ITEMS),
    },
)
TRANSFORMS = (
    ("AdaptiveTrimTransform", {"feature_names": FEATURES, "padding_mask_name": "item_id_mask"}),
    ("AdaptiveTrimTransform", {"feature_names": "item_id", "padding_mask_name": "item_id_mask"}),
    ("TargetAwareAdaptiveTrimTransform", {"feature_names": [*FEATURES, "price"]}),
    ("TargetAwareAdaptiveTrimTransform", {"feature_names": "item_id"}),
    ("SelectTransform", {"feature_names": ["item_id", "user"]}),
    ("EqualityMaskTransform", {"feature_name": "item_id", "equality_value": 7}),
    (
        "EqualityMaskTransform",
        {"feature_name": "item_id", "equality_value": 5, "mode": "or", "mask_name": "padding_mask"},
    ),
)


def cases(folder):
    for seed in range(3):
        torch.manual_seed(seed)
        yield from weighted(seed)
        yield from grouped(seed)
        yield from encoders(seed)
        yield from draws(seed)
        for name, settings in TRANSFORMS:
            batch = masked(batch_of(RICH))
            output = getattr(transform, name)(**settings)(plain(batch))
            yield case(name, f"seed {seed}", settings=settings, batch=batch, output=output)


def weighted(seed):
    """Padding has a weight of 0, for there it would count."""
    for name, settings, positives in WEIGHTED:
        given = losses.labels(4, 7, positives)
        given["sample_weight"] = given["sample_weight"] * given["target_padding_mask"]
        given["negative_labels"] = torch.randint(ITEMS, (9,))
        settings = {**settings, "feature_name": "sample_weight"}
        make = getattr(loss, name)
        yield losses.loss_case(name, f"seed {seed}, P={positives}", settings, given, make)


def grouped(seed):
    for users, size in ((5, 2), (6, 3), (3, 1), (4, 9)):
        for name, settings, positives in GROUPED:
            given = losses.labels(users, 7, positives)
            negatives = torch.rand(-(-users // size), ITEMS).argsort(-1)[:, :9]
            if settings.get("negative_labels_ignore_index") == ITEMS:
                negatives = negatives.masked_fill(torch.rand(negatives.shape) < 0.3, ITEMS)
            given["negative_labels"] = negatives
            label = f"seed {seed}, B={users}, S={size}, P={positives}"
            settings = {**settings, "logical_batch_size": size}
            make = getattr(loss, name)
            yield losses.loss_case(name, label, settings, given, make)


def draws(seed):
    name = "GroupedUniformNegativeSamplingTransform"
    for settings in DRAWS:
        settings = {"cardinality": ITEMS, **settings}
        batch = {"positive_labels": torch.randint(ITEMS, (5, 7, 1))}
        generator = torch.Generator().manual_seed(seed)
        output = getattr(transform, name)(**settings, generator=generator)(plain(batch))
        yield case(name, f"seed {seed}", settings=settings, batch=batch, output=output, seed=seed)


def encoders(seed):
    mask = padding_mask(5, 9)[torch.randperm(5)]
    for bucket_size, shift, training in ((1, 1, True), (2, 1, True), (3, 2, True), (2, 1, False)):
        tensors = features([ITEM], mask)
        inner = {"embedding_dim": DIM, "num_heads": 2, "num_blocks": 2, "dropout": 0.0}
        settings = {"bucket_size": bucket_size, "sequence_shift": shift}
        module = LengthBucketedQueryEncoder(SasRecTransformerLayer(**inner), **settings)
        inputs = {
            "feature_tensors": tensors,
            "input_embeddings": torch.randn(*mask.shape, DIM),
            "padding_mask": mask,
            "attention_mask": DefaultAttentionMask("item_id", 2).train(training)(tensors, mask),
        }
        settings = {**settings, "encoder": inner}
        label = f"seed {seed}, bucket_size={bucket_size}, sequence_shift={shift}"
        module = perturb(module).train(training)
        yield module_case("LengthBucketedQueryEncoder", label, module, inputs, settings, mask)


def masked(batch):
    """With the masks of a training batch: a target stands at each event but the last."""
    real = batch["item_id_mask"].clone()
    real[:, :3] = False
    targets = real.roll(-1, 1)
    targets[:, -1] = False
    masks = {"padding_mask": real, "target_padding_mask": targets, "item_id_mask": real}
    return {**batch, **masks}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    made = list(cases(folder))
    torch.save(made, folder / "newer.pt")
    print(f"newer: {len(made)} cases")


if __name__ == "__main__":
    main()
