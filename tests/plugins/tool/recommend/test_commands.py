"""`seqrec recommend` prints what the recommender says, without Lightning."""

import json
import re

import pytest
from command_line import modules_after, seqrec
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named, written


def test_it_prints_a_table_of_rank_item_and_score(tmp_path):
    bundle = written(tmp_path)
    done = seqrec("recommend", bundle, "item 1", "item 2", "--top-k", 2)
    assert done.returncode == 0, done.stderr
    [best] = Recommender.load(bundle).recommend([named([1, 2])], 2)
    for rank, (item, score) in enumerate(best, start=1):
        assert f"{rank}      {item}" in done.stdout
        assert f"{score:.3f}" in done.stdout


def test_scripts_get_json_and_notices_go_elsewhere(tmp_path):
    bundle = written(tmp_path)
    done = seqrec("recommend", bundle, "item 1", "new", "--top-k", 2, "--skip-unknown", "--json")
    [best] = Recommender.load(bundle).recommend([named([1])], 2)
    assert json.loads(done.stdout) == [{"item": item, "score": score} for item, score in best]
    assert "1 of 2 items of the history are unknown" in done.stderr


def test_an_unknown_item_is_named_and_may_be_skipped(tmp_path):
    bundle = written(tmp_path)
    done = seqrec("recommend", bundle, "nothing", "item 1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'nothing' is no item that the model knows" in done.stderr
    assert seqrec("recommend", bundle, "nothing", "item 1", "--skip-unknown").returncode == 0


def test_an_item_may_start_with_a_dash(tmp_path):
    done = seqrec("recommend", written(tmp_path), "--", "-5")
    assert "'-5' is no item that the model knows" in done.stderr


def test_a_negative_number_is_an_item_and_not_an_option(tmp_path):
    done = seqrec("recommend", written(tmp_path), "-5", "41")
    assert "'-5' is no item that the model knows" in done.stderr


def test_candidates_come_from_a_file_and_what_is_left_out_is_counted(tmp_path):
    bundle, file = written(tmp_path), tmp_path / "items.txt"
    file.write_text("item 7\nnothing\nitem 9\n")
    done = seqrec("recommend", bundle, "item 1", "--candidates", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "candidates, place 1: 'nothing' is no item" in done.stderr
    done = seqrec("recommend", bundle, "item 1", "--candidates", file, "--skip-unknown")
    assert "1 of 3 items of the candidates are unknown to the model: left out" in done.stdout
    assert sorted(re.findall(r"item \d+", done.stdout)) == ["item 7", "item 9"]
    file.write_text("nothing\n")
    done = seqrec("recommend", bundle, "item 1", "--candidates", file, "--skip-unknown")
    assert done.returncode == 0
    assert "nothing is recommended" in done.stdout


@pytest.mark.slow
def test_lightning_stays_out(tmp_path):
    [modules] = modules_after(["recommend", written(tmp_path), "item 1"])
    assert "torch" in modules
    assert "lightning" not in modules
