"""Tables of ids and of lists of ids."""

import warnings

import pytest
import torch
from seqrec_embedder_sequence.categorical import CategoricalEmbedding

from seqrec_core.schema import FeatureType, TensorFeatureInfo

CAT, CAT_LIST = FeatureType.CATEGORICAL, FeatureType.CATEGORICAL_LIST
MODES = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}


PAD = 5


def feature(name="item_id", kind=CAT, **settings):
    settings = {"is_seq": True, "embedding_dim": 4, "cardinality": PAD, **settings}
    return TensorFeatureInfo(name, kind, **settings)


def test_an_id_becomes_its_row_and_padding_becomes_zero():
    torch.manual_seed(0)
    embedder = CategoricalEmbedding(feature())
    table = embedder.emb.weight
    assert table.shape == (PAD + 1, embedder.embedding_dim)
    assert not table[PAD].any()
    ids = torch.tensor([[PAD, 0], [1, 4]])
    assert torch.equal(embedder(ids), table[ids])
    assert torch.equal(embedder.weight, table[:PAD])


@pytest.mark.parametrize("mode", MODES)
def test_the_real_ids_of_a_list_become_one_embedding(mode):
    torch.manual_seed(0)
    embedder = CategoricalEmbedding(feature("genres", CAT_LIST), mode).double()
    lists = torch.tensor([[1, 2, 2], [PAD, 0, 3], [PAD, PAD, PAD]])
    embeddings = embedder(lists)
    for row, ids in enumerate(lists):
        real = embedder.emb.weight[ids[ids != PAD]]
        expected = MODES[mode](real, 0) if len(real) else torch.zeros(4).double()
        torch.testing.assert_close(embeddings[row], expected)
    assert embedder(lists[:, :0]).eq(0).all()


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_sparse_where_torch_has_sparse_ones(mode):
    embedder = CategoricalEmbedding(feature("genres", CAT_LIST), mode, sparse=True)
    embedder(torch.tensor([[1, 2], [2, PAD]])).sum().backward()
    gradient = embedder.emb.weight.grad
    assert gradient.is_sparse == (mode != "max")
    assert set(gradient.to_dense().any(1).nonzero().flatten().tolist()) == {1, 2}


def test_lists_of_items_need_no_batch():
    embedder = CategoricalEmbedding(feature("genres", CAT_LIST))
    assert embedder(torch.tensor([[0, PAD], [1, 2], [3, 4]])).shape == (3, 4)
    with pytest.raises(ValueError, match=r"need a last dimension for the list, got \(2,\)"):
        embedder(torch.tensor([0, 1]))


@pytest.mark.parametrize(("rows", "std"), [(10, (2 / 75) ** 0.5), (100_000, 0.02)])
def test_tables_start_xavier_normal_but_never_too_small(rows, std):
    torch.manual_seed(0)
    embedder = CategoricalEmbedding(feature(cardinality=rows, embedding_dim=64))
    assert embedder.weight.std().item() == pytest.approx(std, rel=0.1)


def test_another_padding_id_warns_and_leaves_its_row_out():
    with pytest.warns(UserWarning, match="pads with 0 and not with its cardinality, 5"):
        embedder = CategoricalEmbedding(feature(padding_value=0))
    assert not embedder.emb.weight[0].any()
    assert torch.equal(embedder.weight, embedder.emb.weight[1:])
    with pytest.raises(ValueError, match="padding_value -1; choose one from 0 to its cardinality"):
        CategoricalEmbedding(feature(padding_value=-1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CategoricalEmbedding(feature())
