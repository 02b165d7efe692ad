"""Metrics and recommendations, computed anew in double precision by their definitions.

A rank is the number of items that score at least as high: ties count against the model. Problems
are drawn at random: few or many users and items, ties, candidates for all or for each, filters,
users without true items, several lengths of lists, batches of any size, bf16.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from outcome import Outcome, run

RANKED, RUNS = 200, 12  # problems
NAMES = ("recall", "precision", "ndcg", "map", "mrr", "hitrate")
KS = (1, 3, 10)
CLOSE = 1e-6
Scores = NDArray[np.float64]


def attack(folder: Path) -> list[Outcome]:
    """Compares metrics of drawn scores, and whole runs through the commands."""
    return [
        outcome("Metrics of drawn scores are those of their definitions", RANKED, ranked),
        outcome(
            "Numbers of evaluate and rows of predict are those of their definitions",
            RUNS,
            lambda seed: ran(seed, folder / f"{seed}"),
        ),
    ]


def outcome(title: str, problems: int, difference: Any) -> Outcome:
    """The row of the page: the largest difference counts."""
    sizes = [difference(seed) for seed in range(problems)]
    failures = [f"problem {seed}: {size:.1e}" for seed, size in enumerate(sizes) if size > CLOSE]
    return Outcome(
        title=title,
        tried=problems,
        right=problems - len(failures),
        before="not tried this way",
        failures=tuple(failures),
        figures={"largest difference": f"{max(sizes):.1e}"},
    )


def ranked(seed: int) -> float:
    """How far metrics of drawn scores are off."""
    from seqrec_callback_metrics.ranking_metrics import RankingMetrics
    from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

    draw = np.random.default_rng(seed)
    users, items = int(draw.integers(2, 20)), int(draw.integers(12, 200))
    levels = int(draw.choice([3, 10, 10**9]))  # few levels make ties
    logits = torch.from_numpy(draw.integers(0, levels, (users, items)) / levels).float()
    logits = logits.bfloat16() if seed % 3 == 0 else logits
    truth = torch.from_numpy(draw.integers(-2, items + 3, (users, 3)))
    truth[0, 0], truth[-1] = 0, -1  # somebody has one, and somebody none
    batch = {"ground_truth": truth, "logits": logits}
    allowed = np.ones((users, items), bool)
    filters = []
    if seed % 2:
        batch["seen_ids"] = torch.from_numpy(draw.integers(-1, items, (users, 5)))
        batch["seen_ids"][0] = -1
        filters.append(SeenItemsFilter(items))
        for user, seen in enumerate(batch["seen_ids"].tolist()):
            allowed[user, [item for item in seen if item >= 0]] = False
    metrics = RankingMetrics(NAMES, KS, filters, items)
    size = int(draw.integers(1, users + 1))
    for start in range(0, users, size):
        part = {name: column[start : start + size] for name, column in batch.items()}
        metrics.update(part, {"logits": part["logits"]})
    expected = definitions(logits.double().numpy(), truth.tolist(), allowed)
    return difference(metrics.values(), expected)


def definitions(scores: Scores, truth: list[list[int]], allowed: NDArray[np.bool_]) -> Any:
    """Every metric of scores (B, V), where only allowed items are ranked."""
    sums, users = dict.fromkeys([f"{name}@{k}" for name in NAMES for k in KS], 0.0), 0
    for row, ids, may in zip(scores, truth, allowed, strict=True):
        targets = {item for item in ids if 0 <= item < len(row)}
        if not targets:
            continue
        users += 1
        ranks = sorted(int((row[may] >= row[item]).sum()) for item in targets if may[item])
        for k in KS:
            hits = [rank for rank in ranks if rank <= k]
            best = min(k, len(targets))
            ideal = sum(1 / math.log2(place + 1) for place in range(1, best + 1))
            sums[f"recall@{k}"] += len(hits) / len(targets)
            sums[f"precision@{k}"] += len(hits) / k
            sums[f"ndcg@{k}"] += sum(1 / math.log2(rank + 1) for rank in hits) / ideal
            sums[f"map@{k}"] += sum(n / rank for n, rank in enumerate(hits, 1)) / best
            sums[f"mrr@{k}"] += 1 / hits[0] if hits else 0
            sums[f"hitrate@{k}"] += bool(hits)
    return {name: value / users for name, value in sums.items()}


def difference(values: dict[str, float], expected: dict[str, float]) -> float:
    """The largest difference of values of the same names."""
    return max(abs(values[name] - value) for name, value in expected.items())


def ran(seed: int, folder: Path) -> float:
    """How far the commands are off on a folder of drawn data, with an untrained model."""
    from seqrec_tool_run.evaluate import evaluate
    from seqrec_tool_run.predict import predict

    from seqrec_core.bundle import Bundle

    draw = np.random.default_rng(seed)
    items = int(draw.integers(20, 90))
    histories, truth = write_data(folder, draw, items)
    bundle = write_bundle(folder, seed, batch_size=int(draw.integers(1, 9)))
    scores = scores_of(Bundle.load(bundle).model, histories, items)
    allowed = np.ones(scores.shape, bool)
    for user, history in enumerate(histories):
        allowed[user, history] = False
    file, name = None, "test"
    if seed % 2:
        chosen = sorted({truth[0][0], *draw.choice(items, items // 2, replace=False).tolist()})
        file, name = folder / "some.txt", "test:some"
        file.write_text("\n".join(f"i{item}" for item in chosen))
        allowed[:, [item for item in range(items) if item not in chosen]] = False
    metrics = evaluate(bundle, candidates=file)
    expected = definitions(scores, truth, allowed)
    worst = difference(metrics, {f"{name}/{each}": value for each, value in expected.items()})
    predict(bundle, None, folder / "top.parquet", top_k=7, candidates=file)
    return max(worst, rows_off(folder / "top.parquet", np.where(allowed, scores, -np.inf)))


def rows_off(path: Path, scores: Scores) -> float:
    """0 where rows are the best items of every user, one where they are others."""
    rows = pq.read_table(path).to_pylist()
    for user, row in enumerate(scores):
        best = np.sort(row[row > -np.inf])[::-1][:7]
        own = sorted((each for each in rows if each["user"] == f"u{user}"), key=lambda r: r["rank"])
        items = [int(each["item"][1:]) for each in own]
        close = {"rtol": 0, "atol": 1e-4}  # of scores, in single precision
        if len(set(items)) != len(best) or not np.allclose(row[items], best, **close):
            return 1.0
        if not np.allclose([each["score"] for each in own], best, **close):
            return 1.0
    return 0.0


def write_data(folder: Path, draw: Any, items: int) -> tuple[list[list[int]], list[list[int]]]:
    """A prepared folder; the histories and the true items of its users."""
    folder.mkdir(parents=True, exist_ok=True)
    users = int(draw.integers(3, 25))
    histories = [
        draw.choice(items, int(draw.integers(1, 9)), replace=False).tolist() for _ in range(users)
    ]
    truth = [
        [item for item in draw.choice(items, 2, replace=False).tolist() if item not in history]
        for history in histories
    ]
    truth[0] = [next(item for item in range(items) if item not in histories[0])]
    ids = pa.list_(pa.int64())
    columns = {"query_id": pa.array(range(users)), "item_id": pa.array(histories, ids)}
    held_out = columns | {"seen_ids": columns["item_id"], "ground_truth": pa.array(truth, ids)}
    pq.write_table(pa.table(columns), folder / "train.parquet")
    for split in ("validate", "test"):
        pq.write_table(pa.table(held_out), folder / f"{split}.parquet", row_group_size=7)
    pq.write_table(pa.table(held_out).drop_columns("ground_truth"), folder / "predict.parquet")
    names = {"item_id": range(items), "item": [f"i{item}" for item in range(items)]}
    counts = np.bincount(np.concatenate(histories), minlength=items)
    table = pa.table({**{k: list(v) for k, v in names.items()}, "count": counts})
    pq.write_table(table, folder / "items.parquet")
    names = {"query_id": list(range(users)), "user": [f"u{user}" for user in range(users)]}
    pq.write_table(pa.table(names), folder / "users.parquet")
    common = {"type": "categorical", "source": "interactions"}
    item = {"name": "item_id", "hint": "item_id", "cardinality": items, "is_seq": True}
    query = {"name": "query_id", "hint": "query_id", "cardinality": users, "is_seq": False}
    schema = {"features": [item | common | {"padding_value": items}, query | common]}
    (folder / "schema.json").write_text(json.dumps(schema))
    return histories, truth


def write_bundle(folder: Path, seed: int, batch_size: int) -> Path:
    """An untrained model of the data, in which some items have the same embedding: ties."""
    from seqrec_core.build import build
    from seqrec_core.bundle import Bundle
    from seqrec_core.session import load_resolved
    from seqrec_core.vocabulary import read_table

    spec = {
        "schema": json.loads((folder / "schema.json").read_text()),
        "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, "max_sequence_length": 4},
        "data": {"type": "parquet", "folder": str(folder), "batch_size": batch_size},
        "trainer": {"type": "lightning", "metrics": {"metrics": NAMES, "ks": KS}},
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    torch.manual_seed(seed)
    recipe = load_resolved(folder / "spec.json").recipe
    model = build(recipe)
    with torch.no_grad():
        weights = model.body.embedder.get_item_weights()
        weights[5:9] = weights[5]
    items = read_table(folder / "items.parquet")
    return Bundle.write(folder / "run", model, recipe, {}, items).path


def scores_of(model: Any, histories: list[list[int]], items: int) -> Scores:
    """Scores (B, V) of every item in double precision, user by user, without padding."""
    rows = []
    model = model.double()
    for history in histories:
        ids = torch.tensor([history[-4:]])
        mask = torch.ones_like(ids, dtype=torch.bool)
        with torch.inference_mode():
            rows.append(model({"item_id": ids}, mask)["logits"][0].numpy())
    return np.stack(rows)


if __name__ == "__main__":
    run(attack)
