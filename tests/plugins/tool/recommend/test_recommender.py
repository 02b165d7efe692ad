"""Recommendations from a bundle alone: those of `seqrec predict`, for whatever history."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from command_line import seqrec
from popular_filter import PopularFilterSpec
from seqrec_library_kernels.shortcuts import ShortcutError
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named, written

from seqrec_core import registry
from seqrec_core.build import Runtime, build_model, build_part
from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError, PluginFaultError
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import read_table


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
@pytest.mark.parametrize("keep_seen", [False, True])
def test_it_recommends_what_predict_does(tmp_path, model, keep_seen):
    bundle = written(tmp_path, model)
    options = ["--keep-seen"] if keep_seen else []
    done = seqrec("predict", bundle, "--out", tmp_path / "out.parquet", "--top-k", 7, *options)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "out.parquet").sort_by(
        [("user", "ascending"), ("rank", "ascending")]
    )
    users = pq.read_table(data_folder() / "predict.parquet").to_pylist()
    best = Recommender.load(bundle).recommend(
        [named(user["item_id"]) for user in users], 7, keep_seen=keep_seen, batch_size=4
    )
    assert rows["item"].to_pylist() == [row.item for answer in best for row in answer]
    scores = [row.score for answer in best for row in answer]
    assert rows["score"].to_pylist() == pytest.approx(scores, abs=1e-5)


def test_a_bundle_needs_no_data_folder(tmp_path):
    bundle = written(tmp_path)
    expected = Recommender.load(bundle).recommend([named([3, 4])])
    moved = tmp_path / "elsewhere" / "run"
    moved.parent.mkdir()
    shutil.move(bundle, moved)
    assert Recommender.load(moved).recommend([named([3, 4])]) == expected


def test_histories_do_not_know_of_each_other(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    histories = [named([5]), [], named([1, 2, 3, 4, 5, 6])]
    together = recommender.recommend(histories, 5)
    for history, answer in zip(histories, together, strict=True):
        [alone] = recommender.recommend([history], 5)
        assert [row.item for row in alone] == [row.item for row in answer]


def test_what_was_seen_before_the_last_events_is_left_out_too(tmp_path):
    [answer] = Recommender.load(written(tmp_path)).recommend([named(range(100))], 131)
    assert sorted(row.item for row in answer) == sorted(named(range(100, 131)))


def test_candidates_are_all_there_is_to_choose_from(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    [everything] = recommender.recommend([named([1, 2])], 131)
    candidates = named([2, 90, 40, 7, 90])
    [answer] = recommender.recommend([named([1, 2])], 10, candidates=candidates)
    expected = [row for row in everything if row.item in candidates]
    assert [row.item for row in answer] == [row.item for row in expected]
    assert len(answer) == 3  # item 2 was seen
    with pytest.raises(DataError, match="candidates, place 1: 'nothing' is no item"):
        recommender.recommend([[]], candidates=["item 1", "nothing"])


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
@pytest.mark.parametrize("keep_seen", [False, True])
def test_each_history_has_candidates_of_its_own(tmp_path, model, keep_seen):
    recommender = Recommender.load(written(tmp_path, model))
    histories = [named([1, 2]), [], named([5]), named([8, 9, 10])]
    candidates = [named([2, 90, 40, 7, 90]), named([0]), named(range(60)), named([8, 9])]
    every = recommender.recommend(histories, 131, keep_seen=keep_seen)
    answers = recommender.recommend(
        histories, 5, candidates=candidates, keep_seen=keep_seen, batch_size=3
    )
    for answer, own, whole in zip(answers, candidates, every, strict=True):
        expected = [row for row in whole if row.item in own][:5]
        assert [row.item for row in answer] == [row.item for row in expected]
        scores = [row.score for row in expected]
        assert [row.score for row in answer] == pytest.approx(scores, abs=1e-5)
    assert (answers[3] == []) is not keep_seen  # all of them were seen


def test_candidates_of_each_history_that_are_all_items_change_nothing(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    histories, everything = [named([1, 2]), named([3])], named(reversed(range(131)))
    answers = recommender.recommend(histories, 9, candidates=[everything, everything])
    expected = recommender.recommend(histories, 9)
    for answer, other in zip(answers, expected, strict=True):
        assert [row.item for row in answer] == [row.item for row in other]


@pytest.mark.parametrize(
    ("candidates", "error", "message"),
    [
        ([["item 1"]], DataError, "candidates are 1 lists for 2 histories; give a list for each"),
        ([["item 1"], "item 1"], TypeError, "candidates hold items and lists"),
    ],
)
def test_faulty_candidates_of_a_history_are_named(tmp_path, candidates, error, message):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(error, match=message):
        recommender.recommend([["item 1"], []], candidates=candidates, skip_unknown=True)
    with pytest.raises(DataError, match="candidates of history 1, place 0: 'new' is no item"):
        recommender.recommend([[], []], candidates=[["item 1"], ["new"]])


def test_a_model_that_scores_only_all_items_may_be_asked_for_candidates(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))
    candidates = named([*reversed(range(60, 131)), *range(60)])  # all, in another order
    expected = recommender.recommend([named([1, 2])], 10, candidates=candidates)
    model = type(recommender.model)
    whole = model.forward

    def forward(self, feature_tensors, padding_mask):
        return whole(self, feature_tensors, padding_mask)

    monkeypatch.setattr(model, "forward", forward)
    other = Recommender.load(tmp_path / "run")
    answer = other.recommend([named([1, 2])], 10, candidates=candidates)
    assert [row.item for row in answer[0]] == [row.item for row in expected[0]]
    assert len(other.recommend([[]], 10, candidates=candidates[:3])[0]) == 3


def test_logits_of_more_items_than_the_catalogue_has_are_refused(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))
    logits = torch.arange(132.0).expand(1, -1)
    monkeypatch.setattr(recommender.model, "forward", lambda **_: {"logits": logits})
    monkeypatch.setattr(recommender.model, "last_hidden_state", lambda *_: None)
    with pytest.raises(DataError, match=r"item number 131, and the catalogue has 131 items"):
        recommender.recommend([[]])


def test_no_history_at_all_gives_nothing(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    assert recommender.recommend([]) == []
    assert recommender.recommend([], candidates=["item 1"]) == []


@pytest.mark.parametrize("candidates", [[], ["a", "b"], [[], [], []], [["a"], [], ["b"]]])
def test_without_candidates_nothing_is_recommended(tmp_path, candidates):
    recommender = Recommender.load(written(tmp_path))
    histories = [named([1]), [], named([2, 3])]
    answers = recommender.recommend(histories, candidates=candidates, skip_unknown=True)
    assert answers == [[], [], []]


def test_a_history_without_candidates_takes_none_of_another(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    answers = recommender.recommend([[], [], []], candidates=[named([4]), [], named([7, 8])])
    assert [{row.item for row in answer} for answer in answers] == [
        {"item 4"},
        set(),
        {"item 7", "item 8"},
    ]


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "3"])
def test_what_counts_nothing_is_refused(tmp_path, count):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(ValueError, match=r"top_k is .*; give a whole number of at least 1"):
        recommender.recommend([[]], count)
    with pytest.raises(ValueError, match="batch_size is"):
        recommender.recommend([[]], batch_size=count)


def test_more_than_the_catalogue_is_the_catalogue(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    assert recommender.recommend([[]], 10**15) == recommender.recommend([[]], 131)
    assert len(recommender.recommend([[]], 10**15)[0]) == 131


def test_a_history_may_be_very_long(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    history = named([5, 6, 7, 8] * 25_000)
    seen = recommender.recommend([history, []], 3)
    unseen = recommender.recommend([named([5, 6, 7, 8])], 3)
    assert [row.item for row in seen[0]] == [row.item for row in unseen[0]]


@pytest.mark.parametrize("missing", [None, float("nan"), 50.0, b"item 1"])
def test_what_is_no_id_is_no_item(tmp_path, missing):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(DataError, match=r"history 0, place 1: .* is no item that the model knows"):
        recommender.recommend([["item 1", missing]])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_refused(tmp_path, value):
    recommender = Recommender.load(written(tmp_path))
    with torch.no_grad():
        recommender.model.body.embedder.get_item_weights()[7] = value
        for weight in recommender.model.parameters():
            weight.view(-1)[0] = value
    for candidates in (None, named([7, 8])):
        with pytest.raises((DataError, ShortcutError), match=r"are not finite|not finite"):
            recommender.recommend([named([7])], candidates=candidates)


@pytest.mark.parametrize(("row", "fault"), [(None, "row 3 is missing"), ("item 1", "row 3 'item")])
def test_items_without_an_id_of_their_own_are_refused(tmp_path, row, fault):
    bundle = Bundle.load(written(tmp_path))
    bundle.item_table = with_ids(bundle.item_table, [*named(range(3)), row, *named(range(4, 131))])
    with pytest.raises(BundleError, match=f"the id in {fault}"):
        Recommender(bundle)


def with_ids(table, ids):
    """A table of items whose ids are others."""
    return table.set_column(table.schema.get_field_index("item"), "item", pa.array(ids))


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_where_batches_end_changes_nothing(tmp_path, model):
    recommender = Recommender.load(written(tmp_path, model))
    histories = [named(range(start, start + length)) for start, length in enumerate([0, 3, 1, 9])]
    whole = recommender.recommend(histories, 5)
    for size in (1, 2, 3):
        parts = recommender.recommend(histories, 5, batch_size=size)
        assert [[row.item for row in answer] for answer in parts] == [
            [row.item for row in answer] for answer in whole
        ]
        scores = [row.score for answer in parts for row in answer]
        assert scores == pytest.approx([row.score for answer in whole for row in answer], abs=1e-5)


def test_scores_are_the_logits_of_the_model(tmp_path):
    bundle = written(tmp_path)
    model = Bundle.load(bundle).model
    items = read_table(data_folder() / "items.parquet").slice(3, 2)
    features = {
        "item_id": torch.tensor([[3, 4]]),
        "price": torch.tensor([items["price"].to_pylist()]),
        "tags": torch.tensor([items["tags"].to_pylist()]),
        "image": torch.tensor([items["image"].to_pylist()]),
    }
    with torch.inference_mode():
        logits = model(feature_tensors=features, padding_mask=torch.ones(1, 2, dtype=torch.bool))
    [answer] = Recommender.load(bundle).recommend([named([3, 4])], 200, keep_seen=True)
    scores = dict(answer)
    assert [scores[f"item {item}"] for item in range(131)] == pytest.approx(
        logits["logits"][0].tolist(), abs=1e-5
    )


def test_an_unknown_item_is_named_or_left_out(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(DataError, match="history 1, place 0: 'item 131' is no item"):
        recommender.recommend([named([1]), ["item 131"]])
    assert recommender.recommend([["item 131", "item 1"]], skip_unknown=True) == (
        recommender.recommend([["item 1"]])
    )


def test_one_history_in_place_of_several_is_refused(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(TypeError, match="history 0 is the text 'item 1'; give a list"):
        recommender.recommend(["item 1"])
    with pytest.raises(TypeError, match="history 0 is the int 5; give a list"):
        recommender.recommend([5])


def test_a_model_that_reads_features_of_events_needs_them_of_each(tmp_path):
    def rated(features):
        rating = {"name": "price", "type": "numerical", "is_seq": True, "source": "interactions"}
        return [feature for feature in features if feature["name"] != "price"] + [rating]

    recommender = Recommender.load(written(tmp_path, schema=rated))
    with pytest.raises(
        DataError, match=r"history 0, place 1: 'item 2' has no 'price'; .* give each"
    ):
        recommender.recommend([[{"item": "item 1", "price": 2}, "item 2"]])
    cheap, dear = ([{"item": "item 1", "price": price}] for price in (0.1, 90))
    [one], [other] = recommender.recommend([cheap], 1), recommender.recommend([dear], 1)
    assert one[0].score != other[0].score


def test_times_and_users_are_one_for_each_history(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(DataError, match="at has 1 entries for 2 histories"):
        recommender.recommend([["item 1"], ["item 2"]], at=[3])
    with pytest.raises(DataError, match="users has 3 entries for 1 histories"):
        recommender.recommend([["item 1"]], users=[{}, {}, {}])


def test_ids_may_be_numbers_or_their_text(tmp_path):
    bundle = Bundle.load(written(tmp_path))
    bundle.item_table = with_ids(bundle.item_table, range(1000, 1131))
    recommender = Recommender(bundle)
    [answer] = recommender.recommend([[1001, 1002]], 3)
    assert recommender.recommend([["1001", "1002"]], 3) == [answer]
    assert all(isinstance(row.item, int) and row.item >= 1000 for row in answer)


@pytest.fixture
def popular_filter():
    """The name of a postprocessor that reads the training data, as long as the test runs."""
    component = registry.register("popular_filter", PopularFilterSpec)
    yield "popular_filter"
    registry.unregister(component)


def test_a_filter_that_read_the_data_is_served_without_it(tmp_path, popular_filter):
    data = tmp_path / "data"
    shutil.copytree(data_folder(), data)
    run = json.loads((written(tmp_path).parent / "spec.json").read_text())
    run["data"]["folder"] = str(data)
    run |= {"seqrec": 2, "postprocessors": [{"type": popular_filter, "most": 5}]}
    recipe = load_resolved(run).recipe
    runtime = Runtime.of(recipe)
    model = build_model(recipe, runtime)
    trainer = build_part(recipe.trainer, runtime, "trainer")
    [popular] = trainer.metrics.postprocessors
    items = read_table(data / "items.parquet")
    path = Bundle.write(tmp_path / "kept", model, recipe, {}, items, runtime.trace).path
    shutil.rmtree(data)
    [answer] = Recommender.load(path).recommend([named([120])], 131)
    everything = set(named(range(131)))
    assert everything - {row.item for row in answer} == set(named(popular.items))
    assert len(popular.items) == 5


def test_a_fault_of_a_plugin_is_one_sentence(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))

    def broken(self, *_, **__):
        return {}["clock"]

    for method in ("forward", "last_hidden_state"):
        monkeypatch.setattr(type(recommender.model), method, broken)
    with pytest.raises(PluginFaultError, match=r"^model \(model 'sasrec' of .*KeyError: 'clock'"):
        recommender.recommend([["item 1"]])


def test_a_shortcut_that_does_not_fit_forward_is_refused(tmp_path, monkeypatch):
    recommender = Recommender.load(written(tmp_path))
    model = type(recommender.model)
    monkeypatch.setattr(model, "last_hidden_state", _doubled(model.last_hidden_state))
    with pytest.raises(ShortcutError, match=r"SasRec .*logits that differ"):
        recommender.recommend([["item 1"]])


def _doubled(method):
    return lambda *arguments: 2 * method(*arguments)
