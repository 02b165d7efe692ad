"""The embedder of a spec: its vectors come from the data folder, then from the bundle."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_tool_conformance import conformance
from seqrec_tool_conformance.folder import written_folder

from seqrec_core import Bundle, build, load, resolve
from seqrec_core.build import Runtime
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import BuildError, DataError, SpecError


@pytest.fixture
def folder(tmp_path):
    """A small data folder, and vectors of its items in another order."""
    folder = tmp_path / "data"
    shutil.copytree(written_folder((), lambda real: {}), folder)
    ids = pq.read_table(folder / "items.parquet")["item"].to_pylist()[::-1]
    vectors = torch.randn(len(ids), 5, generator=torch.Generator().manual_seed(0)).tolist()
    pq.write_table(pa.table({"item": ids, "text": vectors}), folder / "text.parquet")
    return folder


def recipe(folder, **settings):
    embedder = {"type": "pretrained", "vectors": "text.parquet:text", **settings}
    model = {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, "embedder": embedder}
    features = DataFolder(folder).features()
    data = {"type": "parquet", "folder": str(folder)}
    raw = {"seqrec": 2, "schema": {"features": features}, "model": model, "data": data}
    return resolve(load(raw))


@pytest.mark.parametrize("trainable", [False, True])
def test_a_bundle_scores_alike_when_the_data_is_gone(folder, tmp_path, trainable):
    spec = recipe(folder, trainable=trainable, with_ids=True, adaptor="moe")
    runtime = Runtime.of(spec)
    model = build(spec, runtime=runtime).eval()
    names = ["item_id", "tags", "price", "image"]
    assert list(model.body.embedder.embeddings_dim) == names
    Bundle.write(tmp_path / "bundle", model, spec, parts=runtime.trace)
    shutil.rmtree(folder)
    loaded = Bundle.load(tmp_path / "bundle").model
    expected = model.body.embedder.get_item_weights()
    torch.testing.assert_close(loaded.body.embedder.get_item_weights(), expected)


def test_vectors_stand_in_the_order_of_items(folder):
    embedder = build(recipe(folder, normalise="none")).body.embedder
    stored = torch.tensor(pq.read_table(folder / "text.parquet")["text"].to_pylist())
    torch.testing.assert_close(embedder.vectors, stored.flip(0))


def test_the_features_are_those_that_sequence_embeds_and_the_item_id(folder):
    embedder = build(recipe(folder, features=["item_id", "price"])).body.embedder
    assert embedder.embeddings_dim == {"item_id": 8, "price": 8}
    with pytest.raises(BuildError, match="add the item id, 'item_id', as well"):
        build(recipe(folder, features=["price"]))
    with pytest.raises(SpecError, match=r'vectors: is \'v.csv\'; write "file.npy"'):
        recipe(folder, vectors="v.csv")
    with pytest.raises(DataError, match=r"other\.npy: no such file"):
        build(recipe(folder, vectors="other.npy"))


MIXED = {"vectors": "items.parquet:image", "adaptor": "moe", "with_ids": True, "trainable": True}
NOISY = {"test_training_equals_evaluation_without_dropout": "gates are noisy in training"}
TestMixture = pytest.mark.slow(
    conformance("embedder", "pretrained", settings=MIXED, exceptions=NOISY)
)
