"""Small inputs on which users of such software stumbled, each through the commands that they typed.

What is right stands beside each, worked out by hand.
"""

import io
import json
import shlex
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import polars as pl
import torch
from outcome import Outcome, run
from safetensors.torch import load_file

from seqrec_core.cli import main

SMALL = "--set model.embedding_dim=16 --set model.num_heads=1 --set model.num_blocks=1"
SGD = (
    "--set model.dropout=0 --set trainer.optimizer.type=sgd --set trainer.optimizer.lr=0.001 "
    "--set trainer.max_epochs=1 --set trainer.scheduler=null --set postprocessors=[]"
)


def typed(folder: Path, line: str) -> tuple[int, str]:
    """Exit code and all that a line of the command printed, in a folder."""
    said = io.StringIO()
    sys.argv = ["seqrec", *shlex.split(line)]
    with chdir(folder), redirect_stdout(said), redirect_stderr(said):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return code, " ".join(said.getvalue().split())


def report(folder: Path, out: str) -> dict:
    """What a preparation reported."""
    return json.loads((folder / out / "report.json").read_text())


def log(path: Path, rows: list[tuple], head: str = "user_id,item_id,timestamp") -> None:
    """Writes a table as CSV."""
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")


def wrong_user_column(folder: Path) -> bool:
    """One column of users is NA everywhere: the sessions are the users."""
    rows = [
        (s, "NA", 10 * s + n, 99 - n, f"2016-05-{n + 1:02}") for s in range(5) for n in range(4)
    ]
    log(folder / "v.csv", rows, "sessionId,userId,itemId,timeframe,eventdate")
    code, said = typed(folder, "data prepare v.csv --out data")
    users = pl.read_parquet(folder / "data" / "users.parquet")
    return code == 0 and users.height == 5 and "user: sessionId" in said and "eventdate" in said


def rows_run_backwards(folder: Path) -> bool:
    """The newest event comes first, and the name of its column only ends like a time."""
    rows = [(u, 10 * u + n, f"2021-05-{28 - n:02}") for u in range(5) for n in range(5)]
    log(folder / "k.csv", rows, "user_id,item_id,last_watch_dt")
    code, _ = typed(folder, "data prepare k.csv --out data")
    items = pl.read_parquet(folder / "data" / "items.parquet")["item"].to_list()
    first = pl.read_parquet(folder / "data" / "train.parquet")["item_id"][0].to_list()
    return code == 0 and [items[number] for number in first] == [4, 3, 2]


def padded_ids(folder: Path, events: str, described: str) -> bool:
    """Ids that only look alike: an error that shows one of each."""
    log(folder / "e.csv", [(u, events.format(n), n) for u in range(6) for n in range(1, 5)])
    log(
        folder / "i.csv", [(described.format(n), "ab"[n % 2]) for n in range(1, 5)], "item_id,genre"
    )
    line = "data prepare e.csv --items i.csv --item-features genre:categorical --out data"
    code, said = typed(folder, line)
    shown = (repr(events.format(1)), repr(described.format(1)))
    return code == 2 and all(each in said for each in shown) and not (folder / "data").exists()


def whole_floats(folder: Path) -> bool:
    """Ids that a table of floats wrote as 1.0 are whole numbers: every item has its genre."""
    log(folder / "e.csv", [(u, n, n) for u in range(6) for n in range(1, 5)])
    log(folder / "i.csv", [(f"{n}.0", "ab"[n % 2]) for n in range(1, 5)], "item_id,genre")
    line = "data prepare e.csv --items i.csv --item-features genre:categorical --out data"
    genres = typed(folder, line)[0] == 0 and pl.read_parquet(folder / "data" / "items.parquet")
    return sorted(genres["genre"].to_list()) == [1, 1, 2, 2]


def fractions_of_seconds(folder: Path) -> bool:
    """The form of a time as Python writes it."""
    rows = [
        (user, name, f"2020-01-01 10:00:00.{fraction} UTC")
        for user in "abc"
        for name, fraction in (("late", 900), ("early", 100), ("mid", 500))
    ]
    log(folder / "p.csv", rows)
    line = "data prepare p.csv --time-format '%Y-%m-%d %H:%M:%S.%f UTC' --out data"
    code, _ = typed(folder, line)
    items = pl.read_parquet(folder / "data" / "items.parquet")["item"].to_list()
    last = pl.read_parquet(folder / "data" / "predict.parquet")["item_id"][0].to_list()
    order = [items[number] for number in last]
    return (
        code == 0
        and order == ["early", "mid", "late"]
        and not report(folder, "data")["order"]["tied"]
    )


def ties_after_repeats(folder: Path) -> bool:
    """Of twelve rows a user, half are repeats: what is left has times of its own."""
    log(folder / "d.csv", [(u, n, n) for u in range(6) for n in range(3) for _ in range(2)])
    code, _ = typed(folder, "data prepare d.csv --drop-repeated --out data")
    defaults = json.loads((folder / "data" / "defaults.json").read_text())
    return code == 0 and not report(folder, "data")["order"]["tied"] and not defaults["data"]


def seen_targets(folder: Path) -> bool:
    """Every target was seen: prepare counts them, init leaves the filter out, fit refuses it."""
    log(folder / "r.csv", [(u, 3 * u % 30 + n % 3, n) for u in range(40) for n in range(9)])
    _, said = typed(folder, "data prepare r.csv --out data")
    typed(folder, f"init sasrec --data data --out s.json {SMALL} --set trainer.max_epochs=1")
    refused, why = typed(folder, """fit s.json --out a --set 'postprocessors=["seen_items"]'""")
    passed, _ = typed(folder, "fit s.json --out b")
    metrics = json.loads((folder / "b" / "metrics.json").read_text())
    is_counted = "40 of 40 test targets" in said and "take out all 40 true items" in why
    return is_counted and (refused, passed) == (2, 0) and metrics["validate/recall@10"] > 0


def empty_candidates(folder: Path) -> bool:
    """None of nothing: an empty list."""
    from seqrec_tool_recommend.recommender import Recommender

    log(folder / "e.csv", [(u, (u + n) % 9, n) for u in range(12) for n in range(5)])
    typed(folder, "data prepare e.csv --out data")
    typed(folder, f"init sasrec --data data --out s.json {SMALL} --set trainer.max_epochs=1")
    typed(folder, "fit s.json --out run")
    known = Recommender.load(folder / "run")
    none, new = (
        known.recommend([[1]], candidates=candidates, skip_unknown=True)
        for candidates in ([], ["gone"])
    )
    return (
        none == [[]] and new == [[]] and len(known.recommend([[1]], candidates=[2, 3, 4])[0]) == 3
    )


def accumulated(folder: Path, batch: int, accumulate: int, times: float) -> bool:
    """A step of the mean of its batches, however few: measured by how far the weights went."""
    if not (folder / "s.json").exists():
        log(folder / "e.csv", [(u, (7 * u + n) % 40, n) for u in range(300) for n in range(6)])
        typed(folder, "data prepare e.csv --out data")
        typed(
            folder, f"init sasrec --data data --out s.json {SMALL} {SGD} --set data.batch_size=300"
        )
        typed(folder, "fit s.json --out whole")
        typed(folder, "fit s.json --out start --set trainer.optimizer.lr=1e-12")
    out = f"{batch}-{accumulate}"
    sets = f"--set data.batch_size={batch} --set trainer.accumulate_grad_batches={accumulate}"
    typed(folder, f"fit s.json --out {out} {sets}")
    names = ("start", "whole", out)
    weights = {name: load_file(folder / name / "model.safetensors") for name in names}
    went = {
        name: torch.cat([(parts[key] - weights["start"][key]).flatten() for key in sorted(parts)])
        for name, parts in weights.items()
    }
    return abs(float(went[out].norm() / went["whole"].norm()) / times - 1) < 0.1


CASES: dict[str, Callable[[Path], bool]] = {
    "the column of users is NA": wrong_user_column,
    "rows run backwards": rows_run_backwards,
    "events 0001, items 1": lambda folder: padded_ids(folder, "{:04}", "{}"),
    "events 1, items 0001": lambda folder: padded_ids(folder, "{}", "{:04}"),
    "events 1, items 1.0": whole_floats,
    "%f of Python": fractions_of_seconds,
    "repeats before ties": ties_after_repeats,
    "every target was seen": seen_targets,
    "no candidate": empty_candidates,
}
GROUPS = ((100, 3, 1), (75, 4, 1), (100, 2, 2), (60, 4, 2), (32, 100, 1))


def attack(folder: Path) -> list[Outcome]:
    """Each case in a folder of its own."""
    ends: dict[str, bool] = {}
    for number, (name, case) in enumerate(CASES.items()):
        place = folder / str(number)
        place.mkdir(exist_ok=True)
        ends[name] = case(place)
    place = folder / "groups"
    place.mkdir(exist_ok=True)
    for batch, accumulate, times in GROUPS:
        ends[f"batches of {batch}, {accumulate} a step"] = accumulated(
            place, batch, accumulate, times
        )
    wrong = tuple(name for name, is_right in ends.items() if not is_right)
    return [
        Outcome.of(
            "Cases of users: columns, ids, times, ties, seen targets, candidates, groups",
            len(ends),
            wrong,
            before="2 of 14",
        )
    ]


if __name__ == "__main__":
    run(attack)
