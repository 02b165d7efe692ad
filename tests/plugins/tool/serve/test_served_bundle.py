"""Loading what is in a folder, and noticing that it is another."""

import pytest
from seqrec_library_nearest.index_folder import write_index
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_serve.item_titles import ItemTitles
from seqrec_tool_serve.served_bundle import BundleSource
from untrained_bundle import named, written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError


def test_it_says_what_it_loaded(tmp_path):
    served = BundleSource(written(tmp_path)).load()
    assert served.facts()["items"] == 131
    assert served.facts()["bundle"] == Bundle.open(tmp_path / "run").lock["digest"]
    assert served.example == named([0, 1, 2])


def test_the_signature_is_that_of_the_files_of_bundle_and_titles(tmp_path):
    titles = tmp_path / "titles.csv"
    titles.write_text("id,title\n")
    source = BundleSource(written(tmp_path), ItemTitles(titles, "id", "title"))
    before = source.signature()
    (tmp_path / "run" / "history.csv").write_text("a log of the run")
    assert source.signature() == before
    titles.write_text("id,title\n1,One\n")
    assert source.signature() != before
    Bundle(tmp_path / "run").update_metrics({"ndcg": 0.5})
    assert source.digest() == Bundle.open(tmp_path / "run").lock["digest"]


def test_a_folder_that_keeps_changing_is_not_taken(tmp_path, monkeypatch):
    source = BundleSource(written(tmp_path))
    counter = iter(range(99))
    monkeypatch.setattr(BundleSource, "signature", lambda _: next(counter))
    with pytest.raises(BundleError, match="keeps changing; load it when it is written"):
        source.load()


def test_the_index_of_another_bundle_is_refused_or_left_aside(tmp_path, monkeypatch):
    bundle, folder = written(tmp_path), tmp_path / "index"
    loaded = Bundle.load(bundle)
    weights = loaded.serving().model.scorer().item_weights()
    write_index(folder, ItemIndex.build(weights, "flat"), loaded, {})
    source = BundleSource(bundle, index=folder)
    searches, nearest = [], ItemIndex.nearest
    monkeypatch.setattr(ItemIndex, "nearest", lambda *asked: searches.append(1) or nearest(*asked))
    assert source.load().unindexed is None
    assert searches
    (tmp_path / "b").mkdir()
    source = BundleSource(written(tmp_path / "b", embedding_dim=16), index=folder)
    with pytest.raises(DataError, match="is the index of another bundle"):
        source.load()
    searches.clear()
    assert "is the index of another bundle" in source.load(needs_index=False).unindexed
    assert not searches
