"""Every installed component passes the suite of its kind; a new one is found by itself.

What a component needs beyond its defaults, and what it fails on purpose, stands in the table.
"""

import pytest
from seqrec_tool_conformance import assert_served_in_a_fresh_process, conformance

from seqrec_core import registry
from seqrec_core.errors import RegistryError
from seqrec_core.registry.component import LOCAL
from seqrec_core.schema import FeatureSource, FeatureType, TensorFeatureInfo, TensorFeatureSource

FEATURES = ("item_id", "tags", "price", "image", "padding_mask")
LABELS = ("positive_labels", "target_padding_mask")
SELECTOR = TensorFeatureInfo(
    "negative_selector",
    FeatureType.CATEGORICAL,
    feature_sources=[TensorFeatureSource(FeatureSource.QUERY_FEATURES, "negative_selector")],
    cardinality=3,
)
DECLARED = {
    ("loss", "sce"): {
        "exceptions": {
            "test_the_head_decides_the_scores": "sorts items by dot products, refuses other heads",
        },
    },
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

broken, suites = {}, {}
for component in registry:
    key = component.kind, component.name
    try:
        if component.distribution != LOCAL:
            suite = conformance(component.kind, component.canonical, **DECLARED.get(key, {}))
            suites[key] = globals()["Test_{}_{}".format(*key)] = suite
    except RegistryError as error:
        broken[component.canonical] = str(error)


def test_every_installed_component_loads():
    assert broken == {}


def test_the_table_names_installed_components():
    assert DECLARED.keys() <= {(component.kind, component.name) for component in registry}


@pytest.mark.slow
def test_bundles_of_every_component_are_served_in_a_fresh_process():
    assert_served_in_a_fresh_process(
        *(suite for suite in suites.values() if "test_every_command_runs" not in suite.exceptions)
    )
