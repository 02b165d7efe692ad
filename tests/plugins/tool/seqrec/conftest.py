"""Events of users who go round a ring of items, in frames of three libraries; a run on them."""

import random

import polars as pl
import pytest
import seqrec

SMALL = {"model.embedding_dim": 16, "model.num_heads": 1, "model.num_blocks": 1}


def ring(users: int = 60, items: int = 20) -> pl.DataFrame:
    """A row an event, shuffled: customer, sku and when_at as ISO text."""
    drawing = random.Random(3)
    rows = [
        (f"user {user}", f"item {(start + step) % items}", f"2026-01-{step + 1:02d}T12:00:00")
        for user in range(users)
        for start in [drawing.randrange(items)]
        for step in range(drawing.randint(5, 12))
    ]
    drawing.shuffle(rows)
    return pl.DataFrame(rows, schema=["customer", "sku", "when_at"], orient="row")


@pytest.fixture(scope="session")
def events():
    return ring()


@pytest.fixture(scope="session")
def data(events, tmp_path_factory):
    return seqrec.prepare(events, out=tmp_path_factory.mktemp("front") / "data")


@pytest.fixture(scope="session")
def trained(data):
    """A run that tests leave as it is, but for its metrics."""
    out = data.path.with_name("run")
    return seqrec.fit("sasrec", data, epochs=2, out=out, progress=False, **SMALL)
