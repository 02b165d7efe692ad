"""The folder of an index: one bundle's, whole, or refused."""

import json
import shutil
from pathlib import Path

import faiss
import pytest
import torch
from large_bundle import item_table, large
from seqrec_library_nearest.index_folder import check_room, index_facts, read_index, write_index
from seqrec_library_nearest.item_index import ItemIndex

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError

ITEMS = 300


@pytest.fixture
def bundle(tmp_path):
    return Bundle.load(large(tmp_path, ITEMS))


def index(seed=0, kind="flat"):
    return ItemIndex.build(item_table(ITEMS, seed=seed), kind)


def test_what_was_written_is_read(tmp_path, bundle):
    for each in index(kind="ivf").efforts()[:2]:  # the second replaces the first
        write_index(tmp_path / "index", each, bundle, {"recall@10": 1.0})
        other = read_index(tmp_path / "index", bundle)
        assert (other.kind, other.effort) == ("ivf", each.effort)
        queries = item_table(7, seed=2)
        assert torch.equal(other.nearest(queries, 9), each.nearest(queries, 9))
    write_index(tmp_path / "index", index(seed=5), bundle, {})
    assert len(list((tmp_path / "index").iterdir())) == 2  # nothing of the first is left


def test_a_moved_bundle_that_was_measured_anew_keeps_its_index(tmp_path, bundle):
    write_index(tmp_path / "index", index(), bundle, {})
    bundle.update_metrics({"ndcg@10": 0.5})
    shutil.copytree(bundle.path, tmp_path / "copy")
    assert read_index(tmp_path / "index", Bundle.load(tmp_path / "copy")).items == ITEMS


def test_the_index_of_another_bundle_is_refused(tmp_path, bundle):
    write_index(tmp_path / "index", index(), bundle, {})
    (tmp_path / "other").mkdir()
    other = large(tmp_path / "other", ITEMS, table=item_table(ITEMS, seed=9))
    with pytest.raises(DataError, match=r"is the index of another bundle than .*other/run"):
        read_index(tmp_path / "index", Bundle.load(other))


def test_damage_is_seen(tmp_path, bundle):
    file = write_index(tmp_path / "index", index(), bundle, {})
    facts = tmp_path / "index" / "index.json"
    whole, said = file.read_bytes(), json.loads(facts.read_text())
    file.write_bytes(whole[:-8])
    with pytest.raises(DataError, match=r"is damaged: items-.*is not the file that was written"):
        read_index(tmp_path / "index", bundle)
    file.unlink()
    with pytest.raises(DataError, match=r"is damaged: items-.*is missing"):
        read_index(tmp_path / "index", bundle)
    for text, message in (
        ("{", "index.json cannot be read"),
        (json.dumps(said | {"effort": "all"}), "has no sound effort"),
        (json.dumps(said | {"kind": "lsh"}), "has no sound kind"),
        (json.dumps(said | {"file": "../run/model.safetensors"}), "is elsewhere"),
        (json.dumps(said | {"format": 2}), "is an index of format 2"),
    ):
        facts.write_text(text)
        with pytest.raises(DataError, match=message):
            read_index(tmp_path / "index", bundle)
    facts.unlink()
    with pytest.raises(DataError, match=r"is no index: it has no index.json"):
        index_facts(tmp_path / "index")


def test_a_process_that_fails_leaves_the_index_that_was_there(tmp_path, bundle, monkeypatch):
    write_index(tmp_path / "index", index(), bundle, {})
    before = read_index(tmp_path / "index", bundle).nearest(item_table(3), 5)

    def write(index, path):
        Path(path).write_bytes(b"half")
        raise RuntimeError("no space left on device")

    monkeypatch.setattr(faiss, "write_index", write)
    with pytest.raises(DataError, match="cannot be written to: no space"):
        write_index(tmp_path / "index", index(seed=5), bundle, {})
    assert torch.equal(read_index(tmp_path / "index", bundle).nearest(item_table(3), 5), before)
    assert len(list((tmp_path / "index").iterdir())) == 2


def test_a_folder_of_something_else_is_left_alone(tmp_path, bundle):
    with pytest.raises(DataError, match="holds something else than an index"):
        check_room(bundle.path)
    with pytest.raises(DataError, match="is a file"):
        check_room(tmp_path / "spec.json")
    check_room(tmp_path / "new")
