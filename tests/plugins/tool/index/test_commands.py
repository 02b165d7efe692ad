"""`seqrec index`, and who uses what it writes, as a shell would."""

import json

import pytest
from command_line import modules_after, seqrec
from large_bundle import item_table, large


def test_an_index_is_made_and_used(tmp_path):
    bundle, folder = large(tmp_path, 3_000), tmp_path / "index"
    done = seqrec("index", bundle, "--out", folder, "--recall-users", 64, "--json")
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["recall@10"] > 0.9
    assert set(measured["latency_ms"]["index"]) == {"1", "64"}
    words = ["recommend", bundle, "item 3", "item 4", "--top-k", 3]
    assert seqrec(*words, "--index", folder).stdout == seqrec(*words).stdout


def test_the_table_shows_both_ways(tmp_path):
    done = seqrec("index", large(tmp_path, 500), "--out", tmp_path / "index", "--kind", "int8")
    assert done.returncode == 0, done.stderr
    for words in ("recall@10", "all scores", "index int8", "500 items of 16 dimensions"):
        assert words in done.stdout
    assert "its own scores: recall@10" in done.stdout


def test_mistakes_are_one_sentence(tmp_path):
    bundle = large(tmp_path, 500)
    (tmp_path / "b").mkdir()
    other = large(tmp_path / "b", 500, table=item_table(500, seed=5))
    seqrec("index", other, "--out", tmp_path / "index", "--kind", "flat")
    for words, message in (
        (("recommend", bundle, "item 1", "--index", tmp_path / "index"), "of another bundle"),
        (("recommend", bundle, "item 1", "--index", tmp_path / "no"), "is no index"),
        (("index", bundle, "--out", bundle), "holds something else than an index"),
        (("index", bundle, "--out", tmp_path / "i", "--kind", "lsh"), "lsh"),
        (("index", bundle, "--out", tmp_path / "i", "--recall", "2"), "recall"),
    ):
        done = seqrec(*words)
        assert done.returncode == 2, words
        assert message in done.stderr


@pytest.mark.slow
def test_help_imports_neither_torch_nor_faiss():
    [modules] = modules_after(["index", "--help"])
    assert not {"torch", "faiss"} & set(modules)
