"""Items embedded by what an adaptor makes of vectors: lookups, padding, the kept table."""

import attrs
import pytest
import torch
from seqrec_embedder_pretrained import pretrained
from seqrec_embedder_pretrained.pretrained import PretrainedEmbedding
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_model_sasrec.sasrec import SasRec

from seqrec_core.contracts import Assets, PaddedItems
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

V, N, D = 40, 6, 8
ITEM = TensorFeatureInfo(
    "item_id",
    FeatureType.CATEGORICAL,
    is_seq=True,
    feature_hint=FeatureHint.ITEM_ID,
    cardinality=V,
    embedding_dim=D,
)
IDS = torch.tensor([[V, 0, 3], [V - 1, 3, V]])


def vectors(rows=V):
    return torch.randn(rows, N, generator=torch.Generator().manual_seed(0)) / N**0.5


def embedder(with_ids=False, **settings):
    torch.manual_seed(0)
    others = SequenceEmbedding(TensorSchema(ITEM)) if with_ids else None
    return PretrainedEmbedding(ITEM, vectors(), others, **settings)


@pytest.mark.parametrize("with_ids", [False, True])
@pytest.mark.parametrize("adaptor", ["linear", "mlp", "moe"])
def test_an_item_is_what_the_adaptor_makes_of_its_vector_and_padding_is_zero(adaptor, with_ids):
    embed = embedder(with_ids, adaptor=adaptor).eval()
    expected = embed.adaptor(vectors())
    if with_ids:
        expected = expected + embed.others.get_item_weights()
    torch.testing.assert_close(embed.get_item_weights(), expected)
    embedded = embed({"item_id": IDS})["item_id"]
    assert not embedded[IDS == V].any()
    torch.testing.assert_close(embedded[IDS != V], expected[IDS[IDS != V]])
    torch.testing.assert_close(embed.get_item_weights(IDS), embedded)


@pytest.mark.filterwarnings("ignore:feature 'item_id' pads")
def test_ids_above_a_padding_id_stand_one_row_lower():
    item = TensorFeatureInfo(
        "item_id", FeatureType.CATEGORICAL, cardinality=V, embedding_dim=D, padding_value=2
    )
    embed = PretrainedEmbedding(item, vectors()).eval()
    assert isinstance(embed, PaddedItems)
    assert (embed.item_padding(), embedder().item_padding()) == (2, None)
    expected = embed.adaptor(vectors()[[0, 1, 2, V - 1]])
    ids = torch.tensor([0, 1, 2, 3, V])
    torch.testing.assert_close(embed.get_item_weights(ids)[ids != 2], expected)
    assert not embed.get_item_weights(ids)[2].any()


def test_frozen_vectors_are_no_weights_and_tuned_ones_are():
    frozen, tuned = embedder(), embedder(trainable=True)
    assert not [name for name in frozen.state_dict() if "vectors" in name]
    tuned.get_item_weights(IDS).sum().backward()
    assert set(tuned.vectors.grad.any(1).nonzero().flatten().tolist()) == {0, 3, V - 1}


@pytest.mark.parametrize("trainable", [False, True])
def test_its_files_bring_the_vectors_back(tmp_path, trainable):
    embed = embedder(trainable=trainable).eval()
    assert isinstance(embed, Assets)
    embed.save_assets(tmp_path)
    other = PretrainedEmbedding(ITEM, None, trainable=trainable)
    with pytest.raises(ValueError, match="there are no vectors: give a data folder that has them"):
        other.get_item_weights()
    other.load_assets(tmp_path)
    other.eval().load_state_dict(embed.state_dict())
    torch.testing.assert_close(other.get_item_weights(), embed.get_item_weights())
    with pytest.raises(ValueError, match="got 3 vectors"):
        PretrainedEmbedding(ITEM, vectors(3))


@pytest.mark.parametrize("adaptor", ["linear", "mlp", "moe"])
def test_the_table_is_computed_in_pieces_with_the_gradients_of_the_whole(monkeypatch, adaptor):
    embed = embedder(adaptor=adaptor)
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)  # the noise of gates
    outcomes = []
    for rows in (V, 16):
        monkeypatch.setattr(pretrained, "_ROWS", rows)
        embed.zero_grad()
        table = embed.train().get_item_weights()
        table.square().sum().backward()
        outcomes.append([table.detach(), *(p.grad for p in embed.parameters())])
    torch.testing.assert_close(outcomes[0], outcomes[1])


def test_evaluation_computes_all_items_once_and_training_each_time(monkeypatch):
    embed, rows = embedder(), []
    forward = embed.adaptor.forward
    monkeypatch.setattr(embed.adaptor, "forward", lambda x: rows.append(len(x)) or forward(x))
    embed.eval()
    with torch.no_grad():
        for _ in range(3):
            embed.get_item_weights()
            embed({"item_id": IDS})
    assert rows == [V]
    embed.train()
    before = embed.get_item_weights()
    before.sum().backward()
    with torch.no_grad():
        embed.adaptor.linear.weight.add_(1)
    assert not torch.equal(embed.get_item_weights(), before)
    assert rows == [V, V, V]


def test_other_features_are_embedded_and_unknown_ones_refused():
    price = TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True, embedding_dim=D)
    embed = PretrainedEmbedding(ITEM, vectors(), SequenceEmbedding(TensorSchema(price)))
    batch = {"item_id": IDS, "price": torch.rand(2, 3)}
    assert embed.embeddings_dim == {"item_id": D, "price": D}
    assert not embed.with_ids
    assert list(embed(batch)) == ["item_id", "price"]
    assert list(embed(batch, ["price"])) == ["price"]
    with pytest.raises(KeyError, match=r"\['price'\] are not embedded; choose among \['item_id'\]"):
        embedder()(batch, ["price"])
    embed.reset_parameters()


GROUPS, LENGTH, COLD = 8, 10, 5


def walk(users, items_of_group, draw):
    """Random items of one group after the other; the items of a group have similar vectors."""
    start = torch.randint(GROUPS, (users, 1), generator=draw)
    groups = (start + torch.arange(LENGTH + 1)) % GROUPS
    within = torch.randint(items_of_group, groups.shape, generator=draw)
    return within * GROUPS + groups


@pytest.mark.slow
@pytest.mark.parametrize("adaptor", ["linear", "mlp", "moe"])
def test_vectors_with_signal_help_and_items_without_events_are_recommended(adaptor):
    """The last five items of each group never occur: only their vectors say what they are like."""
    draw = torch.Generator().manual_seed(0)
    per_group = 20
    items = per_group * GROUPS
    centres = torch.randn(GROUPS, 16, generator=draw)
    table = centres[torch.arange(items) % GROUPS] + 0.3 * torch.randn(items, 16, generator=draw)
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=items,
        embedding_dim=None,
    )
    history = walk(64, per_group - COLD, draw)

    def trained(embed):
        torch.manual_seed(0)
        model = SasRec.from_params(
            TensorSchema(item), 32, num_heads=2, max_sequence_length=LENGTH, dropout=0.1
        )
        model.body.embedder = embed or model.body.embedder
        optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        for _ in range(60):
            mask = torch.ones(64, LENGTH, dtype=torch.bool)
            labels, real = history[:, 1:, None], mask[..., None]
            features = {"item_id": history[:, :-1]}
            loss = model(features, mask, positive_labels=labels, target_padding_mask=real)["loss"]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        unseen = walk(64, per_group - COLD, torch.Generator().manual_seed(9))
        with torch.no_grad():
            logits = model.eval()({"item_id": unseen[:, :-1]}, mask)["logits"]
        return logits, unseen[:, -1] % GROUPS

    def share_of_group(logits, groups, ids):
        best = ids[logits[:, ids].topk(3).indices] % GROUPS
        return (best == groups[:, None]).float().mean().item()

    known = attrs.evolve(item, embedding_dim=32)
    logits, groups = trained(PretrainedEmbedding(known, table / 4, None, adaptor))
    by_id, _ = trained(None)
    cold = torch.arange((per_group - COLD) * GROUPS, items)
    warm = torch.arange((per_group - COLD) * GROUPS)
    assert share_of_group(logits, groups, cold) > 0.9
    assert share_of_group(by_id, groups, cold) < 0.4
    assert share_of_group(logits, groups, warm) >= share_of_group(by_id, groups, warm)
