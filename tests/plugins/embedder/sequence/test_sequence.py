"""All features of an event, embedded each by itself."""

import json

import pytest
import torch
from seqrec_embedder_sequence.categorical import CategoricalEmbedding
from seqrec_embedder_sequence.numerical import NumericalEmbedding
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_embedder_sequence.specs import SequenceEmbeddingSpec
from seqrec_model_sasrec.sasrec import SasRec

from seqrec_core import Bundle, build, load
from seqrec_core.contracts import PaddedItems
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

CAT, CAT_LIST = FeatureType.CATEGORICAL, FeatureType.CATEGORICAL_LIST


NUM, NUM_LIST = FeatureType.NUMERICAL, FeatureType.NUMERICAL_LIST


PAD = 5


def feature(name="item_id", kind=CAT, **settings):
    if kind in (CAT, CAT_LIST):
        settings = {"cardinality": PAD, **settings}
    return TensorFeatureInfo(name, kind, **{"is_seq": True, "embedding_dim": 4, **settings})


ITEM = feature(feature_hint=FeatureHint.ITEM_ID)


SCHEMA = TensorSchema(
    [
        ITEM,
        feature("genres", CAT_LIST),
        feature("price", NUM),
        feature("image", NUM_LIST, tensor_dim=3),
    ]
)


BATCH = {
    "item_id": torch.tensor([[PAD, 0], [1, 4]]),
    "genres": torch.tensor([[[PAD, PAD], [0, PAD]], [[1, 2], [3, 3]]]),
    "price": torch.tensor([[0.0, 2.0], [1.0, -1.0]]),
    "image": torch.arange(12.0).view(2, 2, 3),
}


def make(schema=SCHEMA, **settings):
    torch.manual_seed(0)
    return SequenceEmbedding(schema, **settings)


def test_every_feature_is_embedded_in_the_order_of_the_schema():
    embedder = make()
    before = {name: tensor.clone() for name, tensor in BATCH.items()}
    embeddings = embedder(BATCH)
    assert list(embeddings) == embedder.feature_names == SCHEMA.names
    assert all(tensor.shape == (2, 2, 4) for tensor in embeddings.values())
    assert embedder.embeddings_dim == dict.fromkeys(SCHEMA, 4)
    assert all(torch.equal(BATCH[name], before[name]) for name in before)


def test_only_the_asked_features_are_needed():
    embedder = make()
    assert list(embedder({"price": BATCH["price"]}, ["price"])) == ["price"]
    excluding = make(excluded_features=["genres", "image"])
    assert list(excluding(BATCH)) == ["item_id", "price"]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_lists_are_aggregated_without_their_padding(mode):
    embedder = make(categorical_list_feature_aggregation_method=mode).double()
    table = embedder.feature_embedders["genres"].emb.weight
    embedded = embedder(BATCH)["genres"]
    reduce = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}[mode]
    for place in [(0, 1), (1, 0), (1, 1)]:
        ids = BATCH["genres"][place]
        torch.testing.assert_close(embedded[place], reduce(table[ids[ids != PAD]], 0))
    assert not embedded[0, 0].any()
    assert not embedder({"genres": BATCH["genres"][..., :0]}, ["genres"])["genres"].any()


def test_numbers_are_mapped_linearly():
    embedder = make()
    for name, values in (("price", BATCH["price"][..., None]), ("image", BATCH["image"])):
        linear = embedder.feature_embedders[name].linear
        expected = values @ linear.weight.T + linear.bias
        torch.testing.assert_close(embedder(BATCH)[name], expected)
        assert embedder.feature_embedders[name].weight is linear.weight


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="expected 3 numbers in the last dimension"):
        make()({**BATCH, "image": BATCH["image"][..., :2]})
    with pytest.raises(ValueError, match="holds single numbers but has tensor_dim 2"):
        NumericalEmbedding(feature("x", NUM, tensor_dim=2))
    with pytest.raises(ValueError, match="feature 'x' has tensor_dim None"):
        NumericalEmbedding(feature("x", NUM_LIST))


def test_tables_have_a_row_for_padding_that_weight_leaves_out():
    embedder = make().feature_embedders["item_id"]
    assert embedder.emb.weight.shape == (PAD + 1, 4)
    assert embedder.weight.shape == (PAD, 4)
    assert embedder.weight.data_ptr() == embedder.emb.weight.data_ptr()


@pytest.mark.parametrize("sparse", [False, True])
def test_padding_is_zero_at_the_start_after_a_reset_and_after_training(sparse):
    embedder = make(sparse=sparse)
    embedder.reset_parameters()
    optimizer = torch.optim.SGD(embedder.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        sum(tensor.sum() for tensor in embedder(BATCH).values()).backward()
        optimizer.step()
    for name in ("item_id", "genres"):
        table = embedder.feature_embedders[name].emb.weight
        assert not table[PAD].any()
        assert table[:PAD].any(1).all()


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_sparse_gradients_hold_the_rows_looked_up_and_equal_dense_ones(mode):
    settings = {"categorical_list_feature_aggregation_method": mode}
    dense, sparse = make(**settings), make(sparse=True, **settings)
    for embedder in (dense, sparse):
        sum(tensor.square().sum() for tensor in embedder(BATCH).values()).backward()
    ours = sparse.feature_embedders["item_id"].emb.weight.grad
    assert ours.is_sparse
    assert set(ours.coalesce().indices()[0].tolist()) <= {0, 1, 4, PAD}
    for name in ("item_id", "genres"):
        expected = dense.feature_embedders[name].emb.weight.grad
        torch.testing.assert_close(
            sparse.feature_embedders[name].emb.weight.grad.to_dense(), expected
        )


def test_item_weights_are_the_table_or_the_rows_of_some_ids():
    embedder = make()
    table = embedder.feature_embedders["item_id"].emb.weight
    assert torch.equal(embedder.get_item_weights(), table[:PAD])
    ids = torch.tensor([[0, 4], [3, PAD]])
    assert torch.equal(embedder.get_item_weights(ids), table[ids])


def test_item_weights_need_an_embedded_item_id():
    with pytest.raises(ValueError, match="no item embeddings: the item id feature is 'item_id'"):
        make(excluded_features=["item_id"]).get_item_weights()


def test_faulty_schemas_are_refused():
    with pytest.raises(ValueError, match=r"excluded_features has \['genre'\]; the schema has"):
        make(excluded_features=["genre"])
    with pytest.raises(ValueError, match="no feature is left to embed"):
        make(excluded_features=SCHEMA.names)
    with pytest.raises(NotImplementedError, match="feature 'age' is not a sequence"):
        make(TensorSchema([ITEM, feature("age", NUM, is_seq=False)]))
    with pytest.raises(ValueError, match="has cardinality None and embedding_dim 4"):
        make(TensorSchema([feature(cardinality=None)]))
    with pytest.raises(ValueError, match="torch cannot name a part 'type'"):
        make(TensorSchema([feature("type")]))


EVERYTHING = TensorSchema(
    [
        *SCHEMA.all_features,
        feature("query_id", is_seq=False, feature_hint=FeatureHint.QUERY_ID),
        feature("timestamp", NUM, feature_hint=FeatureHint.TIMESTAMP),
        feature("age", NUM, is_seq=False),
    ]
)


def test_the_embedder_of_a_spec_leaves_out_what_does_not_describe_events():
    embedder = SequenceEmbedding.from_spec(EVERYTHING, excluded_features=("price",))
    assert embedder.feature_names == ["item_id", "genres", "image"]


def test_chosen_features_alone_are_embedded_in_the_order_of_the_schema():
    chosen = ("timestamp", "genres", "price", "item_id")
    embedder = SequenceEmbedding.from_spec(EVERYTHING, ("price",), features=chosen)
    assert embedder.feature_names == ["item_id", "genres", "timestamp"]
    for name in ("age", "query_id", "colour"):
        with pytest.raises(ValueError, match=rf"features has \['{name}'\]; choose of \['genres'"):
            SequenceEmbedding.from_spec(EVERYTHING, features=("item_id", name))


def test_every_feature_chosen_has_the_weights_of_none_chosen():
    torch.manual_seed(0)
    chosen = SequenceEmbedding.from_spec(SCHEMA, features=tuple(reversed(SCHEMA.names)))
    torch.testing.assert_close(chosen.state_dict(), make().state_dict(), rtol=0, atol=0)
    assert list(chosen.state_dict()) == list(make().state_dict())


def test_it_compiles_exports_and_fits_on_the_meta_device():
    embedder = make().eval()
    expected = embedder(BATCH)
    compiled = torch.compile(embedder, fullgraph=True, backend="aot_eager")(BATCH)
    exported = torch.export.export(embedder, (BATCH,)).module()(BATCH)
    for name, tensor in expected.items():
        torch.testing.assert_close(compiled[name], tensor)
        torch.testing.assert_close(exported[name], tensor)
    with torch.device("meta"):
        huge = CategoricalEmbedding(feature(cardinality=10**9))
    assert huge.emb.weight.is_meta


def test_version_1_drew_as_the_reference_does():
    migration = SequenceEmbeddingSpec.migrations[1]
    assert migration({"sparse": True}) == {"sparse": True, "init": "reference"}
    assert SequenceEmbeddingSpec.version == 2
    assert SequenceEmbeddingSpec().init == "balanced"


def test_a_bundle_of_version_1_has_numbers_that_are_their_own_embedding(tmp_path):
    ready = {"name": "ready", "type": "numerical_list", "tensor_dim": 4, "is_seq": True}
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": PAD}
    embedder = {"type": "sequence", "init": "reference"}
    model = {"type": "sasrec", "embedding_dim": 4, "num_heads": 2, "embedder": embedder}
    features = [{**item, "is_seq": True}, {**ready, "source": "item_features"}]
    recipe = load({"seqrec": 2, "schema": {"features": features}, "model": model})
    Bundle.write(tmp_path, build(recipe), recipe)
    lock = json.loads((tmp_path / "spec.lock.json").read_text())
    del lock["digest"], lock["model"]["embedder"]["init"]
    lock["components"]["seqrec-embedder-sequence:sequence"]["version"] = 1
    (tmp_path / "spec.lock.json").write_text(json.dumps(lock))
    embed = Bundle.load(tmp_path).model.body.embedder
    values = torch.randn(2, 3, 4)
    assert torch.equal(embed({"ready": values}, ["ready"])["ready"], values)


@pytest.mark.filterwarnings("ignore:feature 'item_id' pads")
@pytest.mark.parametrize(("padding", "expected"), [(0, 0), (3, 3), (PAD, None)])
def test_it_tells_which_item_id_pads_unless_it_is_the_last(padding, expected):
    item = feature(feature_hint=FeatureHint.ITEM_ID, padding_value=padding)
    embedder = SequenceEmbedding(TensorSchema([item]))
    assert isinstance(embedder, PaddedItems)
    assert embedder.item_padding() == expected


CATEGORIES, PER_CATEGORY, LENGTH = 25, 20, 12
CATALOGUE = TensorSchema(
    [
        feature(feature_hint=FeatureHint.ITEM_ID, cardinality=500, embedding_dim=None),
        feature("category", cardinality=CATEGORIES, embedding_dim=None),
        feature("noise", NUM, embedding_dim=None),
    ]
)


def walks(users, seed):
    """Random items of one category after the other: who knows an item's category knows it all."""
    draw = torch.Generator().manual_seed(seed)
    start = torch.randint(CATEGORIES, (users, 1), generator=draw)
    categories = (start + torch.arange(LENGTH + 1)) % CATEGORIES
    within = torch.randint(PER_CATEGORY, categories.shape, generator=draw)
    items = within * CATEGORIES + categories
    noise = torch.randn(500, generator=torch.Generator().manual_seed(0))
    return {"item_id": items, "category": categories, "noise": noise[items]}


def loss_on_others(names, seed, steps=120):
    """Cross-entropy on unseen walks of a SasRec that knows these features."""
    torch.manual_seed(seed)
    model = SasRec.from_params(
        CATALOGUE.subset(names), embedding_dim=32, num_heads=2, max_sequence_length=LENGTH
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    known, losses = walks(400, seed), []
    for step in range(steps + 1):
        batch = {k: v[step % 4 :: 4] for k, v in known.items()} if step < steps else walks(400, 99)
        model.train()
        loss = model(
            {name: batch[name][:, :-1] for name in names},
            torch.ones_like(batch["item_id"][:, 1:], dtype=torch.bool),
            positive_labels=batch["item_id"][:, 1:, None],
            target_padding_mask=torch.ones_like(batch["item_id"][:, 1:, None], dtype=torch.bool),
        )["loss"]
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses[-1]


@pytest.mark.slow
def test_a_feature_that_carries_signal_helps_and_noise_leaves_training_going():
    sides = ((), ("category",), ("noise",))
    ids, category, noise = (loss_on_others(["item_id", *side], seed=0) for side in sides)
    assert category < 0.95 * ids
    assert noise < 1.1 * ids
