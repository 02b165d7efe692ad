"""Recipes that cannot work with their data, each with the place of the fault and its words."""

import copy

USERS, ITEMS = 12, 30
NEXT = {"type": "next_token"}
RENAME = {
    "type": "rename",
    "mapping": {"item_id_mask": "padding_mask", "positive_labels_mask": "target_padding_mask"},
}
LABELS = {"type": "unsqueeze", "column_name": "positive_labels", "dim": -1}
MASK = {"type": "unsqueeze", "column_name": "target_padding_mask", "dim": -1}
CATEGORY = {"name": "category", "type": "categorical", "cardinality": 5}
SCHEMA = {
    "features": [
        {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS},
        {**CATEGORY, "source": "item_features"},
    ]
}
GROUP = {"type": "group", "mapping": {"feature_tensors": ["item_id", "category"]}}
TRAIN = [NEXT, RENAME, LABELS, MASK, GROUP]


def raw(folder, train=None, *, model=None, trainer=None, data=None, splits=None, schema=SCHEMA):
    """Plain data of a recipe, with other transforms or settings of its parts."""
    transforms = {**({} if train is None else {"train": train}), **(splits or {})}
    return {
        "seqrec": 2,
        "schema": copy.deepcopy(schema),
        "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 1, **(model or {})},
        "data": {
            "type": "parquet",
            "folder": str(folder),
            **({"transforms": transforms} if transforms else {}),
            **(data or {}),
        },
        "trainer": {"type": "lightning", **(trainer or {})},
    }


def metrics(**settings):
    return {"trainer": {"metrics": {"type": "metrics", **settings}}}


def two_tower(**settings):
    return {"model": {"type": "two_tower", **settings}}


def with_year(feature_type="numerical"):
    return {"features": [*SCHEMA["features"], {"name": "year", "type": feature_type}]}


def with_cardinality(index, number):
    changed = copy.deepcopy(SCHEMA)
    changed["features"][index]["cardinality"] = number
    return changed


def negatives(**settings):
    return {"model": {"loss": "ce_sampled", "negatives": {"type": "uniform", **settings}}}


UNIFORM = {"type": "uniform_negatives", "num_negative_samples": 5}
STEP = "data.transforms.train"
BROKEN = {
    "unsqueeze before its column is made": (
        [LABELS, NEXT, RENAME, MASK, GROUP], {},
        f"{STEP}[0]", "'positive_labels'", f"{STEP}[1] makes it: put this one behind",
    ),
    "unsqueeze before the mask has its name": (
        [NEXT, LABELS, MASK, RENAME, GROUP], {},
        f"{STEP}[2]", "'target_padding_mask'", f"{STEP}[3] makes it: put this one behind",
    ),
    "labels after grouping": (
        [GROUP, NEXT, RENAME, LABELS, MASK], {},
        f"{STEP}[1]", "'item_id'", f"{STEP}[0] takes it away: put this one before",
    ),
    "labels after the mask is renamed": (
        [RENAME, NEXT, LABELS, MASK, GROUP], {},
        f"{STEP}[1]", "'item_id_mask'", f"{STEP}[0] takes it away: put this one before",
    ),
    "nothing names the mask of labels": (
        [NEXT, {"type": "rename", "mapping": {"item_id_mask": "padding_mask"}}, LABELS, MASK],
        {}, f"{STEP}[3]", "'target_padding_mask'", "padding_mask, positive_labels",
    ),
    "a label field that is not there": (
        [{**NEXT, "label_field": "item"}, RENAME, LABELS, MASK, GROUP], {},
        f"{STEP}[0]", "'item'", "did you mean 'item_id'?",
    ),
    "no labels": ([RENAME, GROUP], {}, STEP, "'positive_labels'", f"leave {STEP} out"),
    "no transform": ([], {}, STEP, "'feature_tensors.item_id'", f"leave {STEP} out"),
    "negatives alone": ([UNIFORM], {}, STEP, "'padding_mask'", f"leave {STEP} out"),
    "no transform of validation": (
        None, {"splits": {"validate": []}},
        "data.transforms.validate", "'padding_mask'", "leave data.transforms.validate out",
    ),
    "no transform of prediction": (
        None, {"splits": {"predict": []}},
        "data.transforms.predict", "'padding_mask'", "leave data.transforms.predict out",
    ),
    "no group in test": (
        None, {"splits": {"test": [RENAME]}},
        "data.transforms.test", "'feature_tensors.item_id'", "add a transform that does",
    ),
    "no name for the padding mask": (
        [NEXT, {"type": "rename", "mapping": {"positive_labels_mask": "target_padding_mask"}},
         LABELS, MASK, GROUP], {},
        STEP, "'padding_mask'", "did you mean 'target_padding_mask'?",
    ),
    "no negatives for a loss that needs them": (
        TRAIN, {"model": {"loss": "ce_sampled"}}, STEP, "'negative_labels'", f"leave {STEP} out",
    ),
    "negatives of no sampler": (
        None, {"model": {"loss": "ce_sampled", "negatives": None}},
        "data.transforms.train[5]", "there is none: set model.negatives", "remove this transform",
    ),
    "negatives of another name": (
        [*TRAIN, {**UNIFORM, "out_feature_name": "negatives"}], {"model": {"loss": "ce_sampled"}},
        STEP, "'negative_labels'", "did you mean 'negatives'?",
    ),
    "a feature that is not grouped": (
        [*TRAIN[:-1], {"type": "group", "mapping": {"feature_tensors": ["item_id"]}}], {},
        STEP, "'feature_tensors.category'", "a batch has",
    ),
    "a group of another name": (
        [*TRAIN[:-1], {"type": "group", "mapping": {"features": ["item_id", "category"]}}], {},
        STEP, "'feature_tensors.category'", "did you mean 'features.item_id'?",
    ),
    "a mask that is dropped": (
        [*TRAIN, {"type": "select", "feature_names": [["feature_tensors"], ["positive_labels"],
                                                      ["target_padding_mask"]]}], {},
        STEP, "'padding_mask'", f"{STEP}[5] takes 'padding_mask' away",
    ),
    "a selected column that is not there": (
        [*TRAIN, {"type": "select", "feature_names": [["feature_tensors", "item"]]}], {},
        f"{STEP}[5]", "'feature_tensors.item'", "did you mean 'feature_tensors.item_id'?",
    ),
    "a copy of nothing": (
        [{"type": "copy", "mapping": {"item_ids": "items"}}, *TRAIN], {},
        f"{STEP}[0]", "'item_ids'", "did you mean 'item_id'?",
    ),
    "a grouped column that is trimmed": (
        [*TRAIN, {"type": "trim", "feature_names": ["category"]}], {},
        f"{STEP}[5]", "'category'", f"{STEP}[4] takes it away: put this one before",
    ),
    "a batch that is trimmed before its mask has its name": (
        None, {"splits": {"validate": [{"type": "adaptive_trim"}, RENAME, GROUP]}},
        "data.transforms.validate[0]", "'padding_mask'", "data.transforms.validate[1] makes it",
    ),
    "a mask of tokens too early": (
        [NEXT, {"type": "token_mask"}, *TRAIN[1:]], {},
        f"{STEP}[1]", "'padding_mask'", f"{STEP}[2] makes it: put this one behind",
    ),
    "a column of nothing that is moved": (
        [{"type": "sequence_roll", "field_name": "categroy"}, *TRAIN], {},
        f"{STEP}[0]", "'categroy'", "did you mean 'category'?",
    ),
    "a column of nothing that is compared": (
        [*TRAIN[:-1], {"type": "equality_mask", "feature_name": "kind", "equality_value": 1},
         GROUP], {}, f"{STEP}[4]", "'kind'", "a batch has category, ",
    ),
    "a class of rows that is not there": (
        [*TRAIN, {"type": "multiclass_negatives", "num_negative_samples": 5,
                  "sample_mask": "items.parquet:kind"}], {},
        f"{STEP}[5]", "'negative_selector'", "a batch has",
    ),
    "weights of negatives without their file": (
        None, negatives(sample_distribution="item.parquet:count"),
        "model.negatives.sample_distribution", "item.parquet", "did you mean 'items.parquet'?",
    ),
    "weights of negatives without their column": (
        None, negatives(sample_distribution="items.parquet:cuont"),
        "model.negatives.sample_distribution", "cuont", "did you mean 'count'?",
    ),
    "weights of negatives without a file": (
        [*TRAIN, {**UNIFORM, "sample_distribution": "count"}], {},
        f"{STEP}[5].sample_distribution", "'count'", "the data folder has items.parquet",
    ),
    "weights of the loss without their column": (
        None, {"model": {"loss": {"type": "ce", "weight": "items.parquet:weight"}}},
        "model.loss.weight", "items.parquet:weight", "items.parquet has category, count",
    ),
    "weights of targets that no feature holds": (
        None, {"model": {"loss": {"type": "ce_weighted", "feature_name": "rating"}}},
        STEP, "'feature_tensors.rating'", "ce_weighted",
    ),
    "coverage without train items": (
        None, metrics(metrics=["ndcg", "coverage"], train_column="trained"),
        "trainer.metrics.train_column", "'trained'", "did you mean 'train'?",
    ),
    "true items of another name": (
        None, metrics(ground_truth_column="truth"),
        "trainer.metrics.ground_truth_column", "'truth'", "name another",
    ),
    "true items that are dropped": (
        None, {"splits": {"validate": [RENAME, GROUP, {
            "type": "select", "feature_names": [["feature_tensors"], ["padding_mask"],
                                                ["seen_ids"]]}]}},
        "data.transforms.validate", "'ground_truth'",
        "data.transforms.validate[2] takes 'ground_truth' away",
    ),
    "a catalogue of another size": (
        None, {"schema": with_cardinality(0, 20)},
        "schema.features[0].cardinality", "is 20", "the data has 30 ids; set it to 30",
    ),
    "a side feature of another size": (
        None, {"schema": with_cardinality(1, 6)},
        "schema.features[1].cardinality", "is 6", "set it to 5",
    ),
    "a feature that the data lacks": (
        None, {"schema": with_year()},
        "data.folder", "'year'", "take it out of the schema (so validate.parquet, test.parquet, ",
    ),
    "times that the data lacks": (
        None, {"data": {"tie_column": "timestam"}},
        "data.tie_column", "timestam", "did you mean 'timestamp'?",
    ),
    "a chosen feature that the schema lacks": (
        None, {"model": {"embedder": {"type": "sequence", "features": ["item_id", "categry"]}}},
        "model.embedder.features", "'categry'", "did you mean 'category'?",
    ),
    "a feature of items that the schema lacks": (
        None, two_tower(item_features=["item_id", "categry"]),
        "model.item_features", "'categry'", "did you mean 'category'?",
    ),
    "a table of items that is not there": (
        None, two_tower(reader={"type": "parquet_features", "path": "item.parquet"}),
        "model.reader.path", "item.parquet", "did you mean 'items.parquet'?",
    ),
}  # fmt: skip
