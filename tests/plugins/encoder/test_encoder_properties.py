import copy

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

quick = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
lengths = st.lists(st.integers(0, 6), min_size=1, max_size=4)


@quick
@given(real=lengths, cut=st.integers(1, 5), seed=st.integers(0, 99))
def test_the_future_does_not_change_hidden_states(make_encoder, batch, real, cut, seed):
    encoder = make_encoder().eval()
    before = batch.inputs(real, 6, seed)
    after = {**before, "input_embeddings": before["input_embeddings"].clone()}
    after["input_embeddings"][:, cut:] += 3.0
    torch.testing.assert_close(encoder(**before)[:, :cut], encoder(**after)[:, :cut])


@quick
@given(real=lengths, more=st.integers(1, 4), seed=st.integers(0, 99))
def test_more_padding_on_the_left_does_not_change_hidden_states(
    make_encoder, batch, real, more, seed
):
    encoder = make_encoder().eval()
    short, long = batch.inputs(real, 6, seed), batch.inputs(real, 6 + more, seed + 1)
    long["input_embeddings"][:, more:] = short["input_embeddings"]
    torch.testing.assert_close(encoder(**long)[:, more:], encoder(**short))


@pytest.mark.parametrize("training", [True, False])
def test_rows_of_padding_alone_are_finite_and_so_are_gradients(make_encoder, batch, training):
    encoder = make_encoder(dropout=0.2 * training).train(training)
    arguments = batch.inputs([0, 3], 5)
    arguments["input_embeddings"].requires_grad_()
    output = encoder(**arguments)
    output.square().sum().backward()
    assert output.isfinite().all()
    assert arguments["input_embeddings"].grad.isfinite().all()
    assert all(weight.grad.isfinite().all() for weight in encoder.parameters())


def test_padding_sees_neither_the_future_nor_real_events(make_encoder, batch):
    encoder = make_encoder().eval()
    before = batch.inputs([2], 6)
    after = {**before, "input_embeddings": before["input_embeddings"].clone()}
    after["input_embeddings"][:, 3:] += 3.0
    torch.testing.assert_close(encoder(**before)[:, :3], encoder(**after)[:, :3])


def test_training_without_dropout_is_evaluation(make_encoder, batch):
    encoder = make_encoder(dropout=0.0)
    arguments = batch.inputs([4, 1, 0], 5)
    trained = encoder.train()(**arguments)
    torch.testing.assert_close(trained, encoder.eval()(**arguments))


def test_the_three_shapes_of_a_mask_give_the_same_hidden_states(make_encoder, batch):
    encoder = make_encoder().eval()
    shared, per_head = batch.inputs([4, 1], 5), batch.inputs([4, 1], 5, broadcast=False)
    assert per_head["attention_mask"].shape == (2 * batch.heads, 5, 5)
    expected = encoder(**shared)
    torch.testing.assert_close(encoder(**per_head), expected)
    per_head["attention_mask"] = per_head["attention_mask"].unflatten(0, (2, batch.heads))
    torch.testing.assert_close(encoder(**per_head), expected)


def test_a_mask_of_another_shape_is_refused(make_encoder, batch):
    arguments = batch.inputs([4, 1], 5)
    arguments["attention_mask"] = arguments["attention_mask"][0]
    with pytest.raises(ValueError, match=r"2 users and 2 heads; give \(B\*H, L, L\)"):
        make_encoder()(**arguments)


def test_a_mask_of_truth_values_is_refused(make_encoder, batch):
    """Added to the scores, they would let every event see the future."""
    arguments = batch.inputs((3, 5), 5)
    arguments["attention_mask"] = arguments["attention_mask"] == 0
    with pytest.raises(ValueError, match=r"torch\.bool.*give a float mask"):
        make_encoder()(**arguments)


def test_no_users_give_no_hidden_states(make_encoder, batch):
    encoder, nobody = make_encoder(), batch.inputs((), 5)
    assert encoder(**nobody).shape == (0, 5, batch.dim)
    assert encoder.forward_last(**nobody).shape == (0, batch.dim)


def test_hidden_states_are_one_a_block_and_end_with_the_output(make_encoder, batch):
    encoder = make_encoder().eval()
    arguments = batch.inputs([4, 1], 5)
    states = encoder.hidden_states(**arguments)
    assert [state.shape for state in states] == 2 * [(2, 5, batch.dim)]
    assert torch.equal(states[-1], encoder(**arguments))


@pytest.mark.parametrize("broadcast", [True, False])
def test_the_last_position_alone_equals_the_last_of_all(make_encoder, batch, broadcast):
    encoder = make_encoder().eval()
    arguments = batch.inputs([5, 2, 0], 5, broadcast=broadcast)
    torch.testing.assert_close(encoder.forward_last(**arguments), encoder(**arguments)[:, -1])


def test_inputs_are_not_changed(make_encoder, batch):
    arguments = batch.inputs([4, 0], 5)
    before = copy.deepcopy(arguments)
    make_encoder(dropout=0.5).train()(**arguments)
    features, features_before = arguments.pop("feature_tensors"), before.pop("feature_tensors")
    assert all(torch.equal(arguments[name], before[name]) for name in before)
    assert torch.equal(features["item_id"], features_before["item_id"])


def test_gradients_reach_every_weight(make_encoder, batch):
    encoder = make_encoder(dropout=0.1).train()
    encoder(**batch.inputs([4, 5], 5)).square().sum().backward()
    silent = [name for name, weight in encoder.named_parameters() if not weight.grad.any()]
    assert silent == []


def test_attention_by_users_changes_nothing(make_encoder, batch, monkeypatch):
    encoder = make_encoder(dropout=0.0).double()
    arguments = batch.inputs([4, 5, 0], 5)
    arguments["input_embeddings"] = arguments["input_embeddings"].double()
    expected = encoder(**arguments)
    monkeypatch.setattr("seqrec_library_kernels.attention_scores.SCORE_BYTES", 1)
    torch.testing.assert_close(encoder(**arguments), expected)


@pytest.mark.slow
@pytest.mark.parametrize("training", [True, False])
def test_compiles_to_one_graph(make_encoder, batch, training):
    torch.compiler.reset()  # encoders that share code share the number of their graphs
    encoder = make_encoder(dropout=0.0).train(training)
    arguments = batch.inputs([4, 5, 0], 5)
    compiled = torch.compile(encoder, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(**arguments), encoder(**arguments))


def test_exports_with_any_batch_and_length(make_encoder, batch):
    encoder = make_encoder().eval()
    users, length = torch.export.Dim("users"), torch.export.Dim("length")
    exported = torch.export.export(
        encoder,
        (),
        batch.inputs([4, 5, 0], 5),
        dynamic_shapes={
            "feature_tensors": {"item_id": {0: users, 1: length}},
            "input_embeddings": {0: users, 1: length},
            "padding_mask": {0: users, 1: length},
            "attention_mask": {0: users, 2: length, 3: length},
        },
    )
    other = batch.inputs([7, 1, 0, 3], 7)
    torch.testing.assert_close(exported.module()(**other), encoder(**other))


def test_resetting_draws_weights_like_those_at_the_start(make_encoder):
    encoder = make_encoder()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.fill_(7.0)
    encoder.reset_parameters()
    assert not any((weight == 7.0).any() for weight in encoder.parameters())
    pairs = zip(encoder.parameters(), make_encoder(noise=0.0).parameters(), strict=True)
    ratios = [(one.std() / other.std()).item() for one, other in pairs if one.dim() == 2]
    assert all(0.6 < ratio < 1.6 for ratio in ratios)


@pytest.mark.parametrize("make_encoder", ["sasrec", "diff", "ligr"], indirect=True)
def test_first_weights_are_xavier_normal(make_encoder):
    matrices = [weight for weight in make_encoder(noise=0.0).parameters() if weight.dim() == 2]
    stds = torch.stack([weight.std() / (2 / sum(weight.shape)) ** 0.5 for weight in matrices])
    assert ((stds > 0.7) & (stds < 1.3)).all()
