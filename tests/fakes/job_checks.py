"""What each job of docs/jobs.md must leave: a check by its heading, of files, prints and names."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import seqrec

__all__ = ["CHECKS"]

CHECKS: dict[str, Callable[[Path, str, dict[str, Any]], None]] = {}
TODAY, TOMORROW = 197, 200


def job(title: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Keeps a check: of the folder, what the blocks printed, and the names of the Python blocks."""

    def keep(check: Callable[..., None]) -> Callable[..., None]:
        CHECKS[title] = check
        return check

    return keep


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(path: Path, name: str) -> list[Any]:
    return pq.read_table(path)[name].to_pylist()


def lock(folder: Path, run: str) -> dict[str, Any]:
    return read(folder / run / "spec.lock.json")


def metrics(folder: Path, run: str) -> dict[str, float]:
    return read(folder / run / "metrics.json")


def best(folder: Path, *history: Any, run: str = "run", **options: Any) -> list[str]:
    """The three best items after a history, in Python."""
    answers = seqrec.load(folder / run).recommend([list(history)], top_k=3, **options)
    return [answer.item for answer in answers[0]]


def printed(said: str, items: list[str]) -> bool:
    """Whether these items, and no others between them, are what a command recommends."""
    words = [word for word in said.split() if word in {f"p{n}" for n in range(TOMORROW)}]
    return words[-len(items) :] == items


@job("Find better settings")
def searched(folder: Path, said: str, names: dict[str, Any]) -> None:
    trials = read(folder / "trials.json")["trials"]
    values = [metrics(folder, f"study/trials/{n}")["validate/ndcg@10"] for n in range(2)]
    assert sorted(values, reverse=True) == [trial["value"] for trial in trials]
    model = read(folder / "study/best.json")["model"]
    assert trials[0]["parameters"]["model.dropout"] == model["dropout"] != 0.3
    assert 0.1 <= model["dropout"] <= 0.5
    assert model["num_blocks"] in (1, 3)


@job("Follow a training in MLflow or elsewhere")
def followed(folder: Path, said: str, names: dict[str, Any]) -> None:
    value = metrics(folder, "followed")["validate/ndcg@10"]
    by_step = rows(folder / "followed/logs/metrics.csv")
    assert value in [float(row["value"]) for row in by_step if row["name"] == "ndcg@10"]
    (parameter,) = folder.glob("mlruns/*/*/params/model.num_heads")
    assert parameter.read_text() == "2"
    (values,) = folder.glob("mlruns/*/*/metrics/ndcg_at_10")
    assert float(values.read_text().split()[1]) == value


@job("Compare two runs")
def compared(folder: Path, said: str, names: dict[str, Any]) -> None:
    lines = [line.split() for line in said.splitlines()]
    assert ["model.dropout", "0.3", "0.1"] in lines
    assert ["trainer.max_epochs", "8", "10"] in lines
    values = [str(metrics(folder, run)["test/ndcg@10"]) for run in ("run", "longer")]
    assert ["test/ndcg@10", *values] in lines


@job("Train again every day")
def continued(folder: Path, said: str, names: dict[str, Any]) -> None:
    old, new = (column(folder / run / "items.parquet", "item") for run in ("run", "run2"))
    assert new[:TODAY] == old
    assert {*new[TODAY:]} == {"p197", "p198", "p199"}
    (entry,) = read(folder / "run2/lineage.json")
    assert entry["metrics_after"]["test/ndcg@10"] == metrics(folder, "run2")["test/ndcg@10"]
    assert f"{entry['metrics_before']['test/ndcg@10']:.4f}" in said
    assert len(best(folder, new[-1], run="run2")) == 3


@job("Answer over HTTP")
def answered(folder: Path, said: str, names: dict[str, Any]) -> None:
    answers = read(folder / "answer.json")["items"]
    assert [answer["item"] for answer in answers] == best(folder, "p0", "p7")
    assert all(answer["title"] == f"Tea number {answer['item'][1:]}" for answer in answers)


@job("Recommend to everybody at once")
def recommended_to_all(folder: Path, said: str, names: dict[str, Any]) -> None:
    given = pq.read_table(folder / "top.parquet").to_pylist()
    assert len(given) == 200 * 5
    seen = {(row["customer"], row["product"]) for row in rows(folder / "shop.csv")}
    assert not seen & {(row["user"], row["item"]) for row in given}
    history = [row["product"] for row in rows(folder / "shop.csv") if row["customer"] == "c7"]
    first = [row["item"] for row in given if row["user"] == "c7" and row["rank"] <= 3]
    assert first == best(folder, *history)


@job("Run the model without this library")
def exported(folder: Path, said: str, names: dict[str, Any]) -> None:
    answers = seqrec.load(folder / "run").recommend([["p0", "p7"]], top_k=3)[0]
    assert names["exported"] == [answer.item for answer in answers]
    np.testing.assert_allclose(
        names["scores"][0], [answer.score for answer in answers], rtol=1e-4, atol=1e-4
    )


@job("Look for nearest items, and take embeddings along")
def embedded(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert printed(said.split("embeddings")[0], best(folder, "p0", "p7"))
    assert 0.9 <= read(folder / "nearest/index.json")["measured"]["recall@10"] <= 1
    items = pq.read_table(folder / "embeddings/items.parquet").to_pydict()
    users = pq.read_table(folder / "embeddings/users.parquet").to_pydict()
    scores = np.array(items["embedding"]) @ users["embedding"][users["user"].index("c7")]
    history = [row["product"] for row in rows(folder / "shop.csv") if row["customer"] == "c7"]
    expected = best(folder, *history, keep_seen=True)
    assert [items["item"][i] for i in np.argsort(-scores)[:3]] == expected


@job("Keep to rules, and to candidates of each user")
def restricted(folder: Path, said: str, names: dict[str, Any]) -> None:
    stock = (folder / "stock.txt").read_text().split()
    assert printed(said.split("\n user")[0], best(folder, "p0", "p7", candidates=stock))
    allowed = {(row["user"], row["item"]) for row in rows(folder / "allowed.csv")}
    given = {(row["user"], row["item"]) for row in rows(folder / "allowed-top.csv")}
    assert given <= allowed
    assert {user for user, _ in given} == {f"c{n}" for n in range(100)}
    last = {row["customer"]: row["product"] for row in rows(folder / "shop.csv")}
    in_stock = sum(product in stock for product in last.values()) / len(last)
    assert 0 < metrics(folder, "run")["test:stock/recall@20"] <= in_stock < 0.7


@job("Show titles")
def titled(folder: Path, said: str, names: dict[str, Any]) -> None:
    expected = [(item, f"Tea number {item[1:]}") for item in best(folder, "p0", "p7")]
    assert list(zip(names["titled"]["product"], names["titled"]["title"], strict=True)) == expected


@job("Train on a GPU")
def in_half_precision(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert "fits 8GB" in said
    assert lock(folder, "mixed")["trainer"]["precision"] == "bf16-mixed"
    assert lock(folder, "mixed")["trainer"]["accelerator"] == "auto"
    assert metrics(folder, "mixed")["validate/ndcg@10"] > 0


@job("Train on a million items")
def planned(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert len(column(folder / "million/items.parquet", "item")) == 1_000_000
    (model,) = [line for line in said.splitlines() if line.split()[:1] == ["model"]]
    parameters = int(model.split()[3].replace(",", ""))
    assert 32_000_000 < parameters < 33_000_000
    assert "fits 8GB" in said


@job("Model sessions and kinds of events")
def of_sessions(folder: Path, said: str, names: dict[str, Any]) -> None:
    events = rows(folder / "shop.csv")
    sessions = {row["session"] for row in events}
    assert {*column(folder / "sessions/users.parquet", "user")} == sessions
    features = {each["name"] for each in read(folder / "sessions/schema.json")["features"]}
    assert "event" in features
    viewed, carted = ({"item": "p7", "event": event} for event in ("view", "cart"))
    run = seqrec.load(folder / "by-session")
    first = {"item": "p0", "event": "view"}
    assert printed(said.split("carts.csv")[0], best(folder, first, carted, run="by-session"))
    assert run.recommend([[viewed]])[0][0].score != run.recommend([[carted]])[0][0].score
    train = column(folder / "carts/predict.parquet", "item_id")
    assert sum(map(len, train)) == sum(row["event"] == "cart" for row in events)


@job("Look into a model")
def looked_into(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert "seqrec-model-sasrec:sasrec" in said
    weights = seqrec.load(folder / "run").bundle.model.parameters()
    assert sum(names["parts"].values()) == sum(each.numel() for each in weights)
    assert [*names["worth"]] == names["history"]
    assert max(names["worth"], key=lambda item: abs(names["worth"][item])) == "p21"


@job("Share a model through a hub")
def shared(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert printed(said, best(folder, "p0", "p7"))
    assert lock(folder, "pulled") == lock(folder, "run")
    assert "ndcg@10" in (folder / "shelf/shop/README.md").read_text(encoding="utf-8")


@job("Run it in a container")
def listed_for_an_image(folder: Path, said: str, names: dict[str, Any]) -> None:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    distributions = {line.split("==")[0] for line in lines}
    assert {"seqrec-core", "torch", "seqrec-model-sasrec", "seqrec-loss-ce"} <= distributions
    training = ("trainer", "datamodule", "tracker", "optimizer", "callback")
    assert not [kind for kind in training if f"-{kind}-" in " ".join(distributions)]


@job("Keep a plugin private")
def kept_private(folder: Path, said: str, names: dict[str, Any]) -> None:
    assert (folder / "private/acme_lstm/lstm.py").is_file()
    assert lock(folder, "with-ours")["model"]["encoder"]["type"] == "acme-lstm:lstm"
    assert metrics(folder, "with-ours")["validate/ndcg@10"] > 0


@job("Split by time, and say how sure a number is")
def split_by_time(folder: Path, said: str, names: dict[str, Any]) -> None:
    events = rows(folder / "shop.csv")
    before = sum(row["time"] < "2026-01-21" for row in events)
    train = column(folder / "by-time/train.parquet", "item_id")
    assert sum(map(len, train)) == before
    targets = column(folder / "by-time/test.parquet", "ground_truth")
    assert 0 < sum(map(len, targets)) <= sum(row["time"] >= "2026-01-26" for row in events)
    assert metrics(folder, "run-by-time")["test/ndcg@10"] > 0


@job("Compare with baselines")
def beside_baselines(folder: Path, said: str, names: dict[str, Any]) -> None:
    history: dict[str, list[str]] = {}
    for row in sorted(rows(folder / "shop.csv"), key=lambda row: row["time"]):
        history.setdefault(row["customer"], []).append(row["product"])
    counts = dict.fromkeys((f"p{n}" for n in range(TODAY)), 0)
    for items in history.values():
        for item in items[:-2]:
            counts[item] += 1

    def is_hit(items: list[str]) -> bool:
        *seen, target = items
        rivals = [item for item in counts if item not in seen and item != target]
        ahead = sum(counts[item] >= counts[target] for item in rivals)
        return target not in seen and ahead < 10

    hits = sum(map(is_hit, history.values())) / len(history)
    numbers = metrics(folder, "gru")
    assert abs(numbers["test/popularity/recall@10"] - hits) < 1e-6
    assert numbers["test/recall@10"] > 0
    assert "gru" in json.dumps(lock(folder, "gru")["model"])


@job("Notice that the world has moved")
def moved(folder: Path, said: str, names: dict[str, Any]) -> None:
    unknown = sum(
        row["product"] in {"p197", "p198", "p199"} for row in rows(folder / "tomorrow.csv")
    )
    events = column(folder / "next-day/predict.parquet", "item_id")
    assert sum(map(len, events)) == len(rows(folder / "tomorrow.csv")) - unknown
    assert unknown > 0
    numbers = metrics(folder, "run")
    before, after = numbers["test/ndcg@10"], numbers["test@next-day/ndcg@10"]
    assert before != after
    assert "test@next-day, full catalogue" in said
    assert f"{before:.4f}" in said
    assert f"{after:.4f}" in said
