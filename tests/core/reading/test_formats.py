"""Documents of format 1 mean what they meant."""

import json
import warnings

import pytest

from seqrec_core.errors import SpecError
from seqrec_core.reading.formats import of_this_format
from seqrec_core.registry import Point, Registry
from seqrec_core.session import DEFAULT, load, load_raw, load_resolved, registry
from seqrec_core.spec.recipe import FORMAT

SEEN = {"type": "seqrec-postprocessor-seen:seen_items"}
METRICS = "seqrec-callback-metrics:metrics"


def migrated(document, own=registry):
    return of_this_format(document, own)


def with_metrics(metrics, **more):
    return {"seqrec": 1, "trainer": {"type": "lightning", "metrics": metrics}, **more}


def test_a_document_without_a_format_is_of_the_first():
    assert migrated({"seed": 3}) == {"seqrec": FORMAT, "seed": 3}
    document = {"seqrec": FORMAT, "seed": 3, "trainer": {"metrics": {"postprocessors": []}}}
    assert migrated(document) is document


@pytest.mark.parametrize("metrics", [{"type": METRICS, "ks": [7]}, {"ks": [7]}])
@pytest.mark.parametrize("filters", [[SEEN], []])
def test_filters_of_the_metrics_become_those_of_the_recipe(metrics, filters):
    document = with_metrics({**metrics, "postprocessors": filters})
    before = json.dumps(document)
    new = migrated(document)
    assert new["postprocessors"] == filters
    assert new["trainer"]["metrics"] == metrics
    assert json.dumps(document) == before


@pytest.mark.parametrize("metrics", ["metrics", METRICS, {"type": METRICS, "ks": [7]}])
def test_metrics_with_a_type_and_no_filter_had_none_and_that_is_said(metrics):
    with pytest.warns(UserWarning, match='"postprocessors" is \\[\\]; write "seqrec": 2'):
        assert migrated(with_metrics(metrics))["postprocessors"] == []


@pytest.mark.parametrize(
    "document",
    [
        with_metrics({"ks": [7]}),
        with_metrics(None),
        {"seqrec": 1, "trainer": {"type": "lightning"}},
        {"seqrec": 1, "trainer": None},
        with_metrics({"type": METRICS}, seqrec=FORMAT),
        with_metrics({"type": METRICS}, extends="base.json"),
        with_metrics({"type": METRICS}, postprocessors=[SEEN]),
    ],
)
def test_where_the_default_held_it_still_does(document):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert migrated(document) == document | {"seqrec": FORMAT}


def test_filters_in_both_places_are_one_or_a_fault():
    document = with_metrics({"postprocessors": [SEEN]}, postprocessors=[SEEN])
    assert migrated(document)["postprocessors"] == [SEEN]
    assert "metrics" not in migrated(document)["trainer"]
    with pytest.raises(SpecError, match=r"trainer\.metrics\.postprocessors: stands at the top"):
        migrated(with_metrics({"postprocessors": []}, postprocessors=[SEEN]))


def laid_over(below, metrics):
    document = with_metrics(metrics, extends="base.json")
    return of_this_format(document, registry, below)


@pytest.mark.parametrize("below", [{}, {"trainer": {"max_epochs": 3}}])
def test_metrics_with_a_type_over_a_base_without_metrics_had_no_filter(below):
    with pytest.warns(UserWarning, match='"postprocessors" is \\[\\]'):
        assert laid_over(below, {"type": "metrics"})["postprocessors"] == []


@pytest.mark.parametrize("metrics", [{"ks": [7]}, {"type": "metrics"}, {"type": METRICS}])
def test_metrics_over_others_of_that_component_have_their_filter(metrics):
    below = {"postprocessors": [SEEN], "trainer": {"metrics": {"type": "metrics"}}}
    assert "postprocessors" not in laid_over(below, metrics)


def with_callback(callback, **more):
    return {"seqrec": 1, "trainer": {"type": "lightning", "callbacks": [callback]}, **more}


SHORT = {"type": "seen_items"}
SPELLED = SEEN | {"item_count": 5, "seen_items_column": "seen_ids"}
OTHER = SEEN | {"seen_items_column": "bought"}
NAMES = ["torch_top_items", "pandas_top_items", "polars_top_items", "spark_top_items"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("own", [SEEN, SHORT, SPELLED])
def test_filters_of_a_callback_that_are_those_of_the_recipe_go(name, own):
    document = with_callback({"type": name, "top_k": 5, "postprocessors": [own]})
    before = json.dumps(document)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = migrated(document)
    assert new["trainer"]["callbacks"] == [{"type": name, "top_k": 5}]
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    ("own", "recipe"), [([], [SEEN]), ([OTHER], [SPELLED]), ([SEEN], []), ([SEEN, OTHER], [SEEN])]
)
def test_filters_of_a_callback_that_are_others_go_and_that_is_said(own, recipe):
    document = with_callback({"type": "pandas_top_items", "postprocessors": own})
    with pytest.warns(UserWarning, match=r"trainer\.callbacks\[0\]\.postprocessors: was \["):
        new = migrated(document | {"postprocessors": recipe})
    assert new["trainer"]["callbacks"] == [{"type": "pandas_top_items"}]
    assert new["postprocessors"] == recipe


def test_a_callback_that_named_no_filter_had_none():
    with pytest.warns(UserWarning, match=r"callbacks\[0\]\.postprocessors: was \[\]"):
        migrated(with_callback({"type": "torch_top_items"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        migrated(with_callback({"type": "torch_top_items"}, postprocessors=[]))
        for callback in ({"type": "hidden_states"}, {"type": "unheard-of"}, "x", 3, {"type": 3}):
            migrated(with_callback(callback))


def test_filters_of_a_callback_are_compared_with_those_of_the_base():
    document = with_callback({"type": "torch_top_items", "postprocessors": []}, extends="b.json")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = of_this_format(document, registry, {"postprocessors": []})
    assert new["trainer"]["callbacks"] == [{"type": "torch_top_items"}]


SASREC = {"type": "sasrec", "embedding_dim": 4, "num_heads": 1, "max_sequence_length": 3}
SASREC |= {"num_blocks": 1, "dropout": 0.1}


def test_a_document_of_everything_resolves_to_the_recipe_of_today(data):
    """What format 1 says in four places, and the same in the words of format 2."""
    train = [{"type": "next_token", "label_field": "item_id", "query_features": []}]
    old = data | {"seqrec": 1}
    old["model"] = SASREC | {"loss": {"type": "ce_sampled"}}
    old["data"] = data["data"] | {
        "transforms": {"train": [*train, {"type": "uniform_negatives", "num_negative_samples": 3}]}
    }
    old["trainer"] = {
        "type": "lightning",
        "tensorboard": False,
        "metrics": {"type": "metrics", "ks": [10], "postprocessors": [SEEN]},
        "callbacks": [{"type": "torch_top_items", "postprocessors": [SEEN]}],
    }
    new = data | {"seqrec": 2, "postprocessors": [SEEN], "trackers": []}
    new["model"] = old["model"] | {"negatives": {"num_negative_samples": 3}}
    new["data"] = data["data"] | {"transforms": {"train": [*train, {"type": "negatives"}]}}
    new["trainer"] = {
        "type": "lightning",
        "metrics": {"type": "metrics", "ks": [10]},
        "callbacks": [{"type": "torch_top_items"}],
    }
    assert load_resolved(old).recipe == load_resolved(new).recipe


@pytest.mark.parametrize("written", [FORMAT + 1, 10**30])
def test_a_newer_format_asks_for_a_newer_core(written):
    with pytest.raises(SpecError, match=r"seqrec: is format .* --upgrade seqrec-core"):
        migrated({"seqrec": written})


@pytest.mark.parametrize("written", ["2", None, True, 2.0, 0, -1, [1]])
def test_a_format_that_is_none_is_a_fault(data, written):
    with pytest.raises(SpecError, match="seqrec: "):
        load(data | {"seqrec": written})


def test_each_file_is_of_its_own_format(tmp_path, data):
    base = {key: data[key] for key in ("schema", "model", "data")} | with_metrics(
        {"type": METRICS, "postprocessors": [SEEN], "ks": [3]}
    )
    (tmp_path / "base.json").write_text(json.dumps(base))
    child = {"extends": "base.json", "trainer": {"metrics": {"type": "metrics", "ks": [10]}}}
    for written in ({}, {"seqrec": 1}, {"seqrec": 2}):
        (tmp_path / "child.json").write_text(json.dumps(child | written))
        recipe = load_resolved(tmp_path / "child.json").recipe
        assert len(recipe.postprocessors) == 1
        assert recipe.trainer.metrics.ks == (10,)


def test_assignments_speak_the_format_of_today(tmp_path, data):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(data | {"seqrec": 1, "trainer": {"type": "lightning"}}))
    set_ks = ["trainer.metrics.type=metrics", "trainer.metrics.ks=[10]"]
    assert len(load_resolved(path, set_ks).recipe.postprocessors) == 1
    assert load_resolved(path, ["postprocessors=[]"]).recipe.postprocessors == ()
    with pytest.raises(SpecError, match="it stands at the top of a spec"):
        load(path, ["trainer.metrics.postprocessors=[]"])


def migration(name, value, distribution="acme-losses"):
    return Point("seqrec.migrations", name, value, distribution, "1.0")


def doubled(document, registry):
    """A migration of somebody else's: seeds were written in halves."""
    return document | {"seed": 2 * document["seed"]}


def failing(document, registry):
    raise KeyError("seed")


LOSS = Point("seqrec.loss", "acme", "seqrec_fake.specs:FakeLossSpec", "acme-losses", "1.0")
DOCUMENT = {"seed": 3, "model": {"loss": "acme"}}


def test_a_distribution_migrates_documents_that_name_a_component_of_it():
    own = Registry([LOSS, migration("1", f"{__name__}:doubled")])
    assert migrated(DOCUMENT, own)["seed"] == 6
    assert migrated({"seed": 3, "model": {"loss": {"type": "acme-losses:acme"}}}, own)["seed"] == 6
    assert migrated({"seed": 3, "model": {"loss": "other"}}, own)["seed"] == 3
    assert migrated(DOCUMENT | {"seqrec": FORMAT}, own)["seed"] == 3
    own.allow_only(["acme-losses"])
    assert migrated(DOCUMENT, own)["seed"] == 6


@pytest.mark.parametrize("value", [f"{__name__}:failing", f"{__name__}:absent", "acme_gone:f"])
def test_a_broken_migration_breaks_only_documents_that_name_its_plugin(value):
    own = Registry([LOSS, migration("1", value)])
    with pytest.raises(SpecError, match=r"seqrec: .*acme-losses 1\.0"):
        migrated(DOCUMENT, own)
    assert migrated({"seed": 3}, own)["seed"] == 3


def test_a_stored_lock_is_of_today_when_it_is_read(tmp_path, data):
    (tmp_path / "spec.json").write_text(json.dumps(data | {"seqrec": 1}))
    assert load_raw(tmp_path / "spec.json", DEFAULT)["seqrec"] == FORMAT


@pytest.mark.parametrize(
    ("child", "count"),
    [
        ({}, 7),
        ({"model": {"type": "two_tower", "loss": "ce_sampled"}}, 7),
        ({"data": {"transforms": None}}, None),
    ],
)
def test_files_of_one_format_are_merged_before_they_migrate(tmp_path, child, count):
    """A number of negatives stood with the transforms, whatever model is laid over them."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 500}
    group = {"type": "group", "mapping": {"feature_tensors": ["item_id"]}}
    draws = {"type": "uniform_negatives", "num_negative_samples": 7}
    base = {
        "seqrec": 1,
        "schema": {"features": [item]},
        "model": {"type": "sasrec", "loss": {"type": "ce_sampled"}},
        "data": {"type": "parquet", "transforms": {"train": [group, draws]}},
    }
    (tmp_path / "base.json").write_text(json.dumps(base))
    path = tmp_path / "child.json"
    path.write_text(json.dumps({"extends": "base.json", **child}))
    assert load_resolved(path).recipe.model.sampler().num_negative_samples == count
