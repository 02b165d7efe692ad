import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_recipes import (
    BROKEN,
    GROUP,
    ITEMS,
    LABELS,
    MASK,
    NEXT,
    RENAME,
    SCHEMA,
    STEP,
    TRAIN,
    USERS,
    metrics,
    negatives,
    raw,
    with_cardinality,
)
from command_line import seqrec

from seqrec_core.agreement import check_agreement, disagreements
from seqrec_core.errors import DataError, SpecError
from seqrec_core.session import load_resolved, registry
from seqrec_core.spec import DataModuleSpec, LossSpec, Needs, TransformSpec, spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve users and thirty items of five categories; predict holds seen items alone."""
    folder = tmp_path_factory.mktemp("data")
    events = [[(user + step) % ITEMS for step in range(4)] for user in range(USERS)]
    train = {"query_id": range(USERS), "item_id": events, "timestamp": events}
    train["category"] = [[item % 5 for item in row] for row in events]
    predict = {**train, "seen_ids": events}
    held_out = {**predict, "ground_truth": events, "train": events}
    tables = {"train": train, "validate": held_out, "test": held_out, "predict": predict}
    tables["items"] = {"item_id": range(ITEMS), "item": range(ITEMS), "count": range(ITEMS)}
    tables["items"]["kind"] = [0] * ITEMS
    tables["items"]["category"] = [item % 5 for item in range(ITEMS)]
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    return folder


def faults_of(raw):
    return disagreements(load_resolved(raw).recipe, registry)


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_work_is_one_fault_with_its_place_and_remedy(name, folder):
    train, changes, place, *words = BROKEN[name]
    faults = faults_of(raw(folder, train, **changes))
    here = [fault for fault in faults if fault.path == place]
    assert here, faults
    assert all(word in here[0].message for word in words), here[0]


@pytest.mark.parametrize(
    "name", ["labels after grouping", "a copy of nothing", "times that the data lacks"]
)
def test_one_mistake_is_one_fault(name, folder):
    train, changes, place, *_ = BROKEN[name]
    faults = faults_of(raw(folder, train, **changes))
    assert [fault.path for fault in faults if fault.path != STEP] == [place]


def test_a_filter_of_a_column_that_no_split_has_is_named_once(folder):
    data = raw(folder, splits={"predict": [RENAME, GROUP]})
    data["postprocessors"] = [{"type": "seen_items", "seen_items_column": "seen"}]
    places = [fault.path for fault in faults_of(data)]
    assert set(places) == {"postprocessors[0].seen_items_column"}
    assert "did you mean 'seen_ids'" in str(faults_of(data)[0])


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
@pytest.mark.parametrize("loss", registry.names("loss"))
def test_default_pipelines_of_every_loss_agree(model, loss, folder):
    settings = {"type": loss}
    if "feature_name" in registry["loss", loss].spec.__annotations__:
        settings["feature_name"] = "category"
    assert faults_of(raw(folder, model={"type": model, "loss": settings})) == []


@pytest.mark.parametrize("features", [["item_id"], ["item_id", "category"], None])
def test_chosen_features_agree_with_the_default_pipelines(features, folder):
    assert faults_of(raw(folder, model={"features": features})) == []


def test_explicit_pipelines_that_work_agree(folder):
    evaluate = [RENAME, GROUP]
    splits = dict.fromkeys(("validate", "test", "predict"), evaluate)
    assert faults_of(raw(folder, TRAIN, splits=splits)) == []


def test_splits_that_the_data_lacks_are_no_fault(folder):
    assert faults_of(raw(folder, data={"validate": None, "test": "later.parquet"})) == []


def test_without_the_folder_only_the_order_is_known(tmp_path):
    absent = tmp_path / "absent"
    whole = metrics(metrics=["ndcg", "coverage"])
    assert faults_of(raw(absent, schema=with_cardinality(0, 7), **whole)) == []
    assert faults_of(raw(absent, **negatives(sample_distribution="items.parquet:x"))) == []
    (fault, *_) = faults_of(raw(absent, [LABELS, NEXT, RENAME, MASK, GROUP]))
    assert fault.path == f"{STEP}[0]"


def test_a_file_elsewhere_is_not_looked_at(folder):
    places = {"train": "s3://bucket/train.parquet"}
    weights = {"type": "ce", "weight": "s3://bucket/items.parquet:weight"}
    assert faults_of(raw(folder, data=places, model={"loss": weights})) == []


@spec
class SilentSpec(TransformSpec):
    """A stranger's transform that declares nothing."""

    target = "nowhere:Silent"


@spec
class FailingSpec(TransformSpec):
    """A stranger's transform whose declaration fails."""

    target = "nowhere:Failing"

    def columns_after(self, columns):
        raise KeyError("timestamp")


@spec
class NeedyLossSpec(LossSpec):
    """A stranger's loss whose declaration fails."""

    target = "nowhere:Needy"

    def needs(self, split):
        return Needs(columns=(self.column,))


@spec
class FailingDataSpec(DataModuleSpec):
    """A stranger's data that cannot say what it has."""

    target = "nowhere:Data"

    def offers(self, schema):
        raise DataError("/data/train.parquet: cannot be read")


@pytest.fixture
def strangers():
    classes = (SilentSpec, FailingSpec, NeedyLossSpec, FailingDataSpec)
    parts = [registry.register(cls.__name__, cls) for cls in classes]
    yield
    for part in parts:
        registry.unregister(part)


def test_after_a_transform_that_declares_nothing_nothing_is_said(folder, strangers):
    silent = {"type": "local:SilentSpec"}
    assert faults_of(raw(folder, [silent, GROUP, NEXT])) == []
    (fault,) = faults_of(raw(folder, [LABELS, silent, GROUP, NEXT]))
    assert fault.path == f"{STEP}[0]"


def test_a_declaration_that_fails_is_one_fault_that_names_it(folder, strangers):
    (fault,) = faults_of(raw(folder, [{"type": "local:FailingSpec"}]))
    assert fault.path == f"{STEP}[0]"
    assert "columns_after of transform 'FailingSpec' of local failed: KeyError" in fault.message
    assert isinstance(fault.cause, KeyError)
    (fault,) = faults_of(raw(folder, model={"loss": {"type": "local:NeedyLossSpec"}}))
    assert fault.path == "model.loss"
    assert "needs of loss 'NeedyLossSpec' of local failed: AttributeError" in fault.message
    (fault,) = faults_of(raw(folder) | {"data": {"type": "local:FailingDataSpec"}})
    assert str(fault) == "data: /data/train.parquet: cannot be read"


def test_check_agreement_raises_every_fault(folder):
    recipe = load_resolved(raw(folder, [], schema=with_cardinality(0, 20))).recipe
    with pytest.raises(SpecError) as caught:
        check_agreement(recipe, registry)
    assert {fault.path for fault in caught.value.faults} == {
        "schema.features[0].cardinality",
        STEP,
    }


@pytest.mark.parametrize("command", [["validate"], ["plan"], ["fit", "--out", "run"]])
def test_commands_say_it_before_they_build(command, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(raw(folder, [LABELS, *TRAIN])))
    done = seqrec(command[0], "spec.json", *command[1:])
    assert done.returncode == 2
    assert not (tmp_path / "run").exists()
    assert f"{STEP}[0]: transform 'unsqueeze'" in done.stderr


@pytest.mark.parametrize(
    "whole",
    [
        lambda part: part,
        lambda part: {"type": "mixed", "parts": ["in_batch", part]},
        lambda part: {"type": "mixed", "parts": [{"type": "mixed", "parts": [part]}]},
    ],
    ids=["alone", "mixed", "nested"],
)
def test_a_sampler_finds_the_class_of_a_row_in_a_group(folder, whole):
    """The default pipeline groups every feature before it draws, by itself or by its parts."""

    def drawing(selector):
        sampler = {"type": "multi_class", "sample_mask": "items.parquet:category"}
        sampler |= {"num_negative_samples": 2, "negative_selector_name": selector}
        return raw(folder, model={"loss": "ce_sampled", "negatives": whole(sampler)})

    assert faults_of(drawing("category")) == []
    [fault] = faults_of(drawing("segment"))
    assert fault.path == "data.transforms.train[5]"
    assert "needs the column 'segment'" in fault.message
