"""What components need beyond their defaults to pass their suites, and what they fail by intent."""

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
)

FEATURES = ("item_id", "tags", "price", "image", "padding_mask")
LABELS = ("positive_labels", "target_padding_mask")
SELECTOR = TensorFeatureInfo(
    "negative_selector",
    FeatureType.CATEGORICAL,
    feature_sources=[TensorFeatureSource(FeatureSource.QUERY_FEATURES, "negative_selector")],
    cardinality=3,
)
TIMESTAMP = TensorFeatureInfo(
    "timestamp",
    FeatureType.NUMERICAL,
    is_seq=True,
    feature_hint=FeatureHint.TIMESTAMP,
    feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "timestamp")],
)
SEGMENT = TensorFeatureInfo(
    "segment",
    FeatureType.CATEGORICAL,
    feature_sources=[TensorFeatureSource(FeatureSource.QUERY_FEATURES, "segment")],
    cardinality=4,
)
AGE = TensorFeatureInfo(
    "age",
    FeatureType.NUMERICAL,
    feature_sources=[TensorFeatureSource(FeatureSource.QUERY_FEATURES, "age")],
)
IN_USE = {("engine", "ray"): "ray_in_use", ("engine", "spark"): "spark_in_use"}
"""What takes long to start: the fixture of tests/conformance/conftest.py that has it at hand."""

DECLARED = {
    ("model", "bert4rec"): {
        "exceptions": {
            "test_gradients_reach_every_parameter": "labels are hidden, and here all events are",
            "test_training_equals_evaluation_without_dropout": "training hides events of the "
            "sequence, evaluation asks for one behind it",
        },
    },
    ("transform", "cloze"): {"splits": ("train",)},
    ("context_merger", "user_features"): {"columns": (SEGMENT, AGE)},
    ("embedder", "pretrained"): {"settings": {"vectors": "items.parquet:image"}},
    ("engine", "local"): {"settings": {"processes": 2}},
    ("engine", "ray"): {"settings": {"concurrency": 2}},
    ("engine", "spark"): {"settings": {"master": "local[2,4]"}},
    ("loss", "sce"): {
        "exceptions": {
            "test_the_head_decides_the_scores": "sorts items by dot products, refuses other heads",
        },
    },
    ("position", "relative_time"): {"columns": (TIMESTAMP,)},
    ("sampler", "grouped_uniform"): {"settings": {"group_size": 1}},  # (G, N) are for some losses
    ("sampler", "multi_class"): {
        "settings": {"sample_mask": "items.parquet:class", "num_negative_samples": 10},
        "columns": (SELECTOR,),
    },
    ("transform", "equality_mask"): {"splits": ("train",)},
    ("transform", "multiclass_negatives"): {
        "settings": {"sample_mask": "items.parquet:class", "num_negative_samples": 10},
        "columns": (SELECTOR,),
        "splits": ("train",),
    },
    ("transform", "negatives"): {"splits": ("train",)},
    ("transform", "select"): {
        "settings": {"feature_names": [[name] for name in FEATURES + LABELS]},
        "splits": ("train",),
        "exceptions": {
            "test_what_is_not_asked_for_stays": "dropping columns is what it is for",
        },
    },
    ("transform", "target_aware_trim"): {
        "settings": {"feature_names": FEATURES + LABELS},
        "splits": ("train",),
    },
    ("transform", "trim"): {
        "settings": {"feature_names": FEATURES + LABELS, "seq_len": 2},
        "splits": ("train",),
    },
    ("transform", "uniform_negatives"): {"splits": ("train",)},
    ("callback", "metrics"): {"place": "trainer.metrics"},
    ("callback", "spark_top_items"): {
        "extra": {"spark_session": None},
        "exceptions": {
            "test_a_second_run_forgets_the_first": "a result needs a Spark session",
            "test_every_command_runs": "no command has a Spark session to give it",
        },
    },
    ("trainer", "lightning"): {
        "settings": {"max_epochs": 2, "accelerator": "cpu"},
    },
}
