"""One filter for all that ranks: validation, evaluate, predict and recommend, of every model."""

import json
import math
import random
import shutil

import pyarrow.parquet as pq
import pytest
from seqrec_tool_recommend.recommender import Recommender

from seqrec_core import Bundle, registry
from seqrec_core.registry.component import LOCAL
from seqrec_core.spec.fields import fields_of

USERS, ITEMS, TOP = 40, 30, 10
MODELS = [c.canonical for c in registry if c.kind == "model" and c.distribution != LOCAL]
SMALL = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Prepared data of users who choose some items again: a few of their targets, too."""
    path = tmp_path_factory.mktemp("repeats")
    drawn = random.Random(3)
    lines = ["user_id,item_id,timestamp"]
    for user in range(USERS):
        basket = drawn.sample(range(ITEMS), 12)
        lines += [f"u{user},i{drawn.choice(basket)},{time}" for time in range(12)]
    (path / "events.csv").write_text("\n".join(lines))
    return path


@pytest.fixture(params=MODELS)
def fitted(request, folder, tmp_path, seqrec):
    """Fits a run of the model with these changes of its spec; the run and its data."""
    data = folder / "data"
    if not data.exists():
        seqrec("data", "prepare", folder / "events.csv", "--out", data)
    fields = {field.name for field in fields_of(registry[("model", request.param)].spec)}
    schema = json.loads((data / "schema.json").read_text())
    spec = {
        "seqrec": 2,
        "seed": 5,
        "schema": schema,
        "model": {"type": request.param, **{k: v for k, v in SMALL.items() if k in fields}},
        "data": {"type": "parquet", "folder": "data", "batch_size": 16},
        "trainer": {"type": "lightning", "max_epochs": 1, "accelerator": "cpu"},
        "trackers": [],
    }

    def fit(name, *changes):
        home = tmp_path / name
        shutil.copytree(data, home / "data")
        (home / "spec.json").write_text(json.dumps(spec))
        sets = [word for change in changes for word in ("--set", change)]
        seqrec("fit", home / "spec.json", "--out", home / "run", *sets)
        return home

    return fit


def ranked(seqrec, home, split):
    """The TOP best items of every user of a split, by `predict`, and what the split says."""
    shutil.copy(home / "data" / f"{split}.parquet", home / "data" / "predict.parquet")
    seqrec("predict", home / "run", "--out", home / "top.parquet", "--top-k", TOP)
    names = pq.read_table(home / "data" / "items.parquet")["item"].to_pylist()
    users = pq.read_table(home / "data" / "users.parquet")["user"].to_pylist()
    top = {}
    for row in pq.read_table(home / "top.parquet").sort_by("rank").to_pylist():
        top.setdefault(row["user"], []).append(row["item"])
    split_rows = pq.read_table(home / "data" / "predict.parquet").to_pylist()
    rows = {users[row["query_id"]]: row for row in split_rows}
    seen = {user: {names[i] for i in row["seen_ids"]} for user, row in rows.items()}
    truth = {user: {names[i] for i in row["ground_truth"]} for user, row in rows.items()}
    return top, seen, truth


def ndcg(top, truth):
    """Of one true item a user, by its place in the list."""
    gains = 0.0
    for user, [item] in truth.items():
        if item in top.get(user, ()):
            gains += 1 / math.log2(top[user].index(item) + 2)
    return gains / len(truth)


def seen_recommended(top, seen):
    return sum(item in seen[user] for user, items in top.items() for item in items)


def recommended(home, seen):
    """What `recommend` answers to histories of the seen items."""
    answers = Recommender.load(home / "run").recommend(
        [sorted(each) for each in seen.values()], TOP
    )
    return {user: [row.item for row in best] for user, best in zip(seen, answers, strict=True)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*take out .* true items")
@pytest.mark.parametrize("is_on", [True, False], ids=["filtered", "unfiltered"])
def test_all_that_ranks_filters_alike(seqrec, fitted, is_on):
    home = fitted("run", *([] if is_on else ["postprocessors=[]"]))
    seqrec("evaluate", home / "run")
    metrics = Bundle.load(home / "run").metrics
    for split in ("validate", "test"):
        top, seen, truth = ranked(seqrec, home, split)
        assert len(top) == len(truth) == USERS
        assert any(item in seen[user] for user, [item] in truth.items())
        assert metrics[f"{split}/ndcg@10"] == pytest.approx(ndcg(top, truth), abs=1e-6)
        assert (seen_recommended(top, seen) == 0) is is_on
        assert (seen_recommended(recommended(home, seen), seen) == 0) is is_on


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*take out .* true items")
def test_settings_of_the_metrics_leave_the_filter_alone(seqrec, fitted):
    plain = fitted("plain")
    changed = fitted("changed", "trainer.metrics.type=metrics", "trainer.metrics.ks=[10,100]")
    before, after = (Bundle.load(home / "run").metrics for home in (plain, changed))
    assert "validate/ndcg@100" in after
    assert after["validate/ndcg@10"] == before["validate/ndcg@10"]
    top, seen, _ = ranked(seqrec, changed, "test")
    assert seen_recommended(top, seen) == 0
