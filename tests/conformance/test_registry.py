"""Every installed component passes the suite of its kind; a new one is found by itself.

What a component needs beyond its defaults, and what it fails on purpose, stands in the tables.
"""

from seqrec_tool_conformance import conformance

from seqrec_core import registry
from seqrec_core.errors import RegistryError
from seqrec_core.registry.component import LOCAL

SETTINGS = {
    ("transform", "multiclass_negatives"): {
        "sample_mask": "items.parquet:class",
        "num_negative_samples": 10,
    },
}

EXTRA = {
    ("callback", "spark_top_items"): {"spark_session": None},
}

EXCEPTIONS = {
    ("loss", "sce"): {
        "test_the_head_decides_the_scores": "sorts items by dot products, refuses other heads",
    },
    ("transform", "select"): {
        "test_what_is_not_asked_for_stays": "dropping columns is what it is for",
    },
    ("callback", "spark_top_items"): {
        "test_a_second_run_forgets_the_first": "a result needs a Spark session; tested with one",
    },
}

broken = {}
for component in registry:
    key = component.kind, component.name
    tables = {"settings": SETTINGS, "extra": EXTRA, "exceptions": EXCEPTIONS}
    try:
        if component.distribution != LOCAL:
            suite = conformance(
                component.kind,
                component.canonical,
                **{name: table.get(key) for name, table in tables.items()},
            )
            globals()["Test_{}_{}".format(*key)] = suite
    except RegistryError as error:
        broken[component.canonical] = str(error)


def test_every_installed_component_loads():
    assert broken == {}


def test_the_tables_name_installed_components():
    named = {*SETTINGS, *EXTRA, *EXCEPTIONS}
    assert named <= {(component.kind, component.name) for component in registry}
