"""`seqrec predict --engine`: what the trainer predicts, by other processes, in parts."""

import json
import math

import numpy as np
import pyarrow.compute
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet import stream_parts
from seqrec_library_engines.kind import EngineProto
from seqrec_tool_run.part_names import MARKER
from seqrec_tool_run.predict import write_predictions
from typer.testing import CliRunner

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.cli.app import app
from seqrec_core.errors import DataError, SeqrecError, SpecError
from seqrec_core.session import DEFAULT, Session, load_resolved
from seqrec_core.vocabulary import read_table

USERS, ITEMS = 230, 60


class Here:
    """An engine of this process; pieces come last to first."""

    def map(self, work, pieces, files):
        answer = work.open(files)
        for number in reversed(range(len(pieces))):
            yield number, answer(pieces[number])


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    """A window of 50 users is a piece."""
    monkeypatch.setattr(stream_parts, "ROWS", 40)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Data of users with 4 to 20 events and times, and bundles of two models, untrained."""

    def command(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output

    root = tmp_path_factory.mktemp("scored")
    rng = np.random.default_rng(0)
    lines = ["user,item,timestamp"]
    for user in range(USERS):
        times = rng.integers(1, 500, rng.integers(4, 20)).cumsum()
        lines += [f"u{user},i{rng.integers(ITEMS)},{time}" for time in times]
    (root / "events.csv").write_text("\n".join(lines))
    times = ("--keep-time", "--request-time")
    command("data", "prepare", root / "events.csv", "--out", root / "data", *times)
    for name in ("sasrec", "hstu"):
        spec = root / f"{name}.json"
        command("init", name, "--data", root / "data", "--out", spec)
        sizes = ["model.embedding_dim=16", "model.num_blocks=1", "model.num_heads=2"]
        small = [*sizes, "data.eval_batch_size=1", "trainer.accelerator=cpu"]
        recipe = load_resolved(spec, small).recipe
        model = build(recipe)
        with torch.no_grad():
            for weights in model.parameters():
                weights.add_(torch.randn_like(weights) / 4)
        Bundle.write(root / name, model, recipe, items=read_table(root / "data/items.parquet"))
    return root


def rows(path):
    table = pq.read_table(path)
    return table.drop_columns("score").to_pydict(), table["score"].to_numpy()


def rows_of_parts(path):
    return pq.read_table([*path.glob("part-*")]).num_rows


def assert_equal(parts, file):
    """Row for row: ids, order, ranks, and scores to 1e-6 of what is usual among them."""
    (ids, scores), (expected, expected_scores) = rows(parts), rows(file)
    assert ids == expected
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-6, atol=1e-6)


def written_candidates(path, kind):
    if kind == "one list":
        path = path / "some.txt"
        path.write_text("".join(f"i{item}\n" for item in range(0, ITEMS, 2)))
    else:
        path = path / "each.csv"
        pairs = [f"u{user},i{(user * 7 + k) % ITEMS}" for user in range(3, USERS) for k in range(9)]
        path.write_text("\n".join(["user,item", *pairs]))
    return path


@pytest.mark.parametrize("model", ["sasrec", "hstu"])
@pytest.mark.parametrize("keep_seen", [False, True])
@pytest.mark.parametrize("candidates", ["all", "one list", "each"])
def test_the_rows_are_those_of_the_trainer(root, tmp_path, model, keep_seen, candidates):
    names = None if candidates == "all" else written_candidates(tmp_path, candidates)
    arguments = {"top_k": 7, "candidates": names, "keep_seen": keep_seen}
    file = write_predictions(root / model, None, tmp_path / "top.parquet", **arguments)
    parts = write_predictions(root / model, None, tmp_path / "top", **arguments, engine=Here())
    assert_equal(tmp_path / "top", tmp_path / "top.parquet")
    assert parts.rows == file.rows
    assert parts.notices == file.notices
    assert [*parts.sample.columns[0].cells] == [*file.sample.columns[0].cells]
    assert len([*(tmp_path / "top").glob("part-*")]) == math.ceil(USERS / 50)


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "model"), [(1, "hstu"), (2, "sasrec")])
def test_processes_write_the_rows_of_the_trainer(seqrec, root, tmp_path, processes, model):
    each = ["--candidates", written_candidates(tmp_path, "each"), "--keep-seen"]
    more = each if model == "sasrec" else []
    file, out = tmp_path / "top.parquet", tmp_path / "top"
    seqrec("predict", root / model, "--out", file, *more)
    many = ("--engine", "local", "--set", f"engine.processes={processes}")
    said = seqrec("predict", root / model, "--out", out, *many, *more)
    assert_equal(out, file)
    assert f"5 of 5 pieces, {USERS} users" in said
    assert f"recommendations: {out}" in said


def test_a_result_is_there_whole_or_not_at_all(root, tmp_path):
    class Breaks(Here):
        def map(self, work, pieces, files):
            yield next(super().map(work, pieces, files))
            raise KeyboardInterrupt

    out = tmp_path / "top"
    with pytest.raises(KeyboardInterrupt):
        write_predictions(root / "sasrec", None, out, engine=Breaks())
    assert not [*tmp_path.iterdir()]
    write_predictions(root / "sasrec", None, out, engine=Here())
    before = rows(out)[0]
    with pytest.raises(KeyboardInterrupt):
        write_predictions(root / "sasrec", None, out, top_k=1, engine=Breaks())
    assert rows(out)[0] == before
    assert [path.name for path in tmp_path.iterdir()] == ["top"]
    write_predictions(root / "sasrec", None, out, top_k=1, engine=Here())
    assert len(rows(out)[1]) == USERS
    marker = json.loads((out / MARKER).read_text())
    assert marker["rows"] == USERS
    assert sorted(marker["parts"]) == sorted(path.name for path in out.glob("part-*"))


def test_an_engine_of_this_process_keeps_to_the_allow_list_of_the_session(root, tmp_path):
    class Stricter(Here):
        def map(self, work, pieces, files):
            session.registry.allow_only(["seqrec-core"])
            yield from super().map(work, pieces, files)

    session = Session()
    with pytest.raises(SpecError, match="seqrec-model-sasrec, which the allow list leaves out"):
        write_predictions(
            root / "sasrec", None, tmp_path / "top", session=session, engine=Stricter()
        )
    assert DEFAULT.registry.is_allowed("seqrec-model-sasrec")


def test_a_notice_of_what_cannot_be_put_in_place_says_where_it_is(root, tmp_path):
    class Meanwhile(Here):
        def map(self, work, pieces, files):
            yield from super().map(work, pieces, files)
            (out / "mine.txt").write_text("mine")

    out = tmp_path / "top"
    write_predictions(root / "sasrec", None, out, engine=Here())
    before = rows_of_parts(out)
    with pytest.raises(SeqrecError, match=r"'mine.txt'.* the new result is whole in .*top.kept-"):
        write_predictions(root / "sasrec", None, out, top_k=1, engine=Meanwhile())
    assert (out / "mine.txt").read_text() == "mine"
    assert rows_of_parts(out) == before
    (kept,) = tmp_path.glob("top.kept-*")
    assert len(rows(kept)[1]) == USERS


def test_an_attempt_that_nobody_answered_for_is_no_part_of_the_result(root, tmp_path):
    class Twice(Here):
        def map(self, work, pieces, files):
            [*super().map(work, pieces, files)]
            yield from super().map(work, pieces, files)

    write_predictions(root / "sasrec", None, tmp_path / "top", top_k=1, engine=Twice())
    assert len(rows(tmp_path / "top")[1]) == USERS
    assert isinstance(Twice(), EngineProto)


@pytest.mark.parametrize(("numbers", "said"), [([0, 0], "answers piece 0 twice"), ([1], "4 of 5")])
def test_an_engine_that_loses_or_doubles_pieces_is_found_out(root, tmp_path, numbers, said):
    class Wrong:
        def map(self, work, pieces, files):
            answer = work.open(files)
            return ((number, answer(pieces[number])) for number in numbers)

    with pytest.raises(SeqrecError, match=said):
        write_predictions(root / "sasrec", None, tmp_path / "top", engine=Wrong())
    assert not [*tmp_path.iterdir()]


def test_a_user_in_two_pieces_is_an_error(root, tmp_path):
    class Again:
        def map(self, work, pieces, files):
            answer = work.open(files)
            again = [pieces[0], *pieces[1:-1], (4, pieces[0][1])]
            return ((number, answer(piece)) for number, piece in enumerate(again))

    with pytest.raises(DataError, match="there more than once, as are 49 others"):
        write_predictions(root / "sasrec", None, tmp_path / "top", engine=Again())


def test_candidates_of_nobody_are_an_error(root, tmp_path):
    (tmp_path / "none.csv").write_text("user,item\nu0,i1\n")
    table = pq.read_table(root / "data" / "predict.parquet")
    data = tmp_path / "data"
    data.mkdir()
    for path in (root / "data").iterdir():
        (data / path.name).symlink_to(path)
    (data / "predict.parquet").unlink()
    first = pq.read_table(root / "data" / "users.parquet").to_pydict()
    of_u0 = dict(zip(first["user"], first["query_id"], strict=True))["u0"]
    pq.write_table(
        table.filter(pyarrow.compute.field("query_id") != of_u0), data / "predict.parquet"
    )
    with pytest.raises(DataError, match="229 of 229 users have no candidates in"):
        write_predictions(
            root / "sasrec",
            data,
            tmp_path / "top",
            candidates=tmp_path / "none.csv",
            engine=Here(),
        )
    assert not (tmp_path / "top").exists()


def test_what_stands_in_the_way_is_left_alone(root, tmp_path):
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "mine.txt").write_text("mine")
    (tmp_path / "file.parquet").write_text("a file")
    for name, said in (("top", "'mine.txt', which is no part"), ("file.parquet", "is a file")):
        with pytest.raises(SeqrecError, match=said):
            write_predictions(root / "sasrec", None, tmp_path / name, engine=Here())
    with pytest.raises(SeqrecError, match="an engine writes a folder of parquet files"):
        write_predictions(root / "sasrec", None, tmp_path / "top.csv", engine=Here())


def test_a_data_module_without_pieces_is_refused(seqrec, run, tmp_path):
    with pytest.raises(DataError, match="the data module Folder reads no pieces of the split"):
        write_predictions(run, None, tmp_path / "top", engine=Here())


def test_fields_of_an_engine_need_one(seqrec, run, tmp_path):
    with pytest.raises(SpecError, match="choose one with --engine"):
        seqrec("predict", run, "--out", tmp_path / "a", "--set", "engine.processes=2")
    many = ("--engine", "local", "--set", "engine.processes=0")
    with pytest.raises(SpecError, match=r"engine.processes: must be at least 1, got 0"):
        seqrec("predict", run, "--out", tmp_path / "a", *many)
