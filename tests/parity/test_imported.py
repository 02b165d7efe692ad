"""Models that the reference trained, imported: the same ten items for every user.

`seqrec predict` reads batches of one user, so that no other user's length hides a difference.
Neighbours may change places where the reference's scores of them are alike but for rounding, which
grows with scores: each side is off by some units in the last place of the largest.
"""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from comparison import SCORE, relative

SIZES = [
    "model.embedding_dim=32",
    "model.num_heads=4",
    "model.num_blocks=2",
    "model.max_sequence_length=50",
    "data.batch_size=1",
]


def seqrec(*arguments):
    command = [Path(sys.executable).with_name("seqrec"), *arguments]
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("name", ["sasrec", "two_tower"])
def test_an_imported_model_ranks_as_the_reference_does(name, folder, tmp_path, record):
    data, spec, bundle = folder / "data", tmp_path / "spec.json", tmp_path / "bundle"
    settings = [word for size in SIZES for word in ("--set", size)]
    seqrec("init", name, "--data", data, "--out", spec, *settings)
    seqrec("import-replay", folder / "trained" / f"{name}.ckpt", "--spec", spec, "--out", bundle)
    seqrec("predict", bundle, "--out", tmp_path / "top.parquet")
    reference = torch.load(folder / "trained" / f"{name}.pt", weights_only=True)
    items, scores = recommended(tmp_path / "top.parquet", data, reference["users"])
    assert not ((items != reference["items"]) & ~near_ties(reference["scores"])).any()
    error = relative(scores, reference["scores"])
    record({"sasrec": "SasRec", "two_tower": "TwoTower"}[name], "forward", error)
    assert error <= SCORE


def near_ties(scores):
    """Places (N, 10) whose score is that of a neighbour, within the tolerance."""
    alike = scores.diff(dim=1).abs() <= SCORE * scores.max()
    pad = torch.nn.functional.pad
    return pad(alike, (0, 1)) | pad(alike, (1, 0))


def recommended(path, data, users):
    """Items and scores (N, 10) of these users, in the ids of the prepared data."""
    ids = {
        kind: dict(zip(*(table.column(name).to_pylist() for name in names), strict=True))
        for kind, names in (("users", ("user", "query_id")), ("items", ("item", "item_id")))
        for table in [pq.read_table(data / f"{kind}.parquet")]
    }
    found = {}
    rows = pq.read_table(path).sort_by([("user", "ascending"), ("rank", "ascending")])
    for row in rows.to_pylist():
        chosen = found.setdefault(ids["users"][row["user"]], ([], []))
        chosen[0].append(ids["items"][row["item"]])
        chosen[1].append(row["score"])
    ordered = [found[user] for user in users.tolist()]
    return tuple(torch.tensor([each[index] for each in ordered]) for index in (0, 1))
