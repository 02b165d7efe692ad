"""`seqrec update`, as it is typed."""

import json

import pytest

from seqrec_core.errors import DataError


@pytest.mark.slow
def test_the_result_is_json_on_request_and_nothing_else(days, tmp_path, seqrec):
    arguments = ("update", days / "run", "--data", days / "day2", "--out", tmp_path / "run2")
    result = seqrec(*arguments, "--epochs", 1, "--json")
    facts = json.loads(result.stdout)
    assert (facts["items_before"], facts["new_items"], facts["finished"]) == (10, 3, True)
    assert facts["before"].keys() == facts["after"].keys()
    assert "epoch 1" in result.stderr
    metrics = json.loads((tmp_path / "run2" / "metrics.json").read_text())
    assert facts["after"].items() <= metrics.items()


def test_the_result_is_a_table_of_old_and_new(days, tmp_path, seqrec):
    arguments = ("update", days / "run", "--data", days / "day2", "--out", tmp_path / "run2")
    printed = seqrec(*arguments, "--epochs", 0).stdout
    assert "before" in printed
    assert "ndcg@10" in printed
    assert "10 items keep ids and weights, 3 are new" in printed


def test_out_is_a_folder_here_as_people_write_it(days, tmp_path, seqrec, monkeypatch):
    arguments = ("update", days / "run", "--data", days / "day2", "--epochs", 0, "--out")
    with pytest.raises(DataError, match="name a folder, then `seqrec push` it"):
        seqrec(*arguments, "memory://shop/run2")
    monkeypatch.setenv("PLACE", str(tmp_path))
    seqrec(*arguments, "${PLACE}/run2")
    assert (tmp_path / "run2" / "spec.lock.json").is_file()
