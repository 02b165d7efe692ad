"""A model that reads what events have, and when it is asked: from a log to a recommendation."""

import csv
import json
import random
import re

import pytest
from typer.testing import CliRunner

from seqrec_core import Bundle
from seqrec_core.cli import app

ITEMS = 12
START = 1_700_000_000


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, (words, result.output, result.exception)
    return result.output


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of hstu on a log with devices and times, whose requests have theirs."""
    folder, draw = tmp_path_factory.mktemp("told"), random.Random(0)
    with (folder / "log.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user", "item", "timestamp", "device"])
        for user in range(30):
            for step, item in enumerate(draw.sample(range(ITEMS), 6)):
                rows.writerow([user, f"i{item}", START + 999 * step, draw.choice(["ios", "web"])])
    kept = ("--event-features", "device:categorical", "--keep-time", "--request-time")
    run("data", "prepare", folder / "log.csv", "--out", folder / "data", *kept)
    sizes = ("embedding_dim=8", "num_heads=2", "num_blocks=1", "max_sequence_length=5")
    words = [*(f"model.{size}" for size in sizes), "trainer.max_epochs=1"]
    sets = [word for setting in words for word in ("--set", setting)]
    run("init", "hstu", "--data", folder / "data", "--out", folder / "spec.json", *sets)
    run("fit", folder / "spec.json", "--out", folder / "run")
    run("evaluate", folder / "run")
    return folder / "run"


def asked(trained, device, at):
    event = {"item": "i1", "timestamp": START, "device": device}
    output = run("recommend", trained, json.dumps(event), "--at", at, "--top-k", ITEMS)
    return re.findall(r"^ *\d+ +i\d+ +(-?\d+\.\d+)", output, re.MULTILINE)


def test_its_numbers_stand_apart(trained):
    metrics = json.loads((trained / "metrics.json").read_text())
    splits = {name.partition("/")[0] for name in metrics if "/" in name}
    assert splits == {"validate+time", "test+time"}


def test_the_bundle_knows_how_values_became_numbers(trained):
    assert Bundle.load(trained).features["device"]["values"] == [None, "ios", "web"]


def test_what_is_told_counts(trained):
    scores = asked(trained, "ios", START + 1)
    assert len(scores) == ITEMS - 1
    assert scores == asked(trained, "ios", START + 1)
    assert scores != asked(trained, "web", START + 1)
    assert scores != asked(trained, "ios", START + 10**7)


def test_an_unknown_device_is_said_and_counts_as_missing(trained):
    words = json.dumps({"item": "i1", "timestamp": START, "device": "tv"})
    assert "1 of device not in the data, 'tv': missing" in run("recommend", trained, words)
    assert asked(trained, "tv", START) == asked(trained, None, START)
