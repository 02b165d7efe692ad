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
