"""The body of SasRec: its numbers against a naive formula, and what they do not depend on."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_model_sasrec.body import SasRecBody
from small_sasrec import SIZES, D, L, V, events, sasrec


@pytest.fixture
def body():
    return sasrec().eval().body


def naive_hidden_states(body, ids, mask):
    """SASRec as in the paper and its authors' code, one user and one head at a time."""
    table = body.embedder.feature_embedders["item_id"].emb.weight
    x = table[ids] * D**0.5 + body.embedding_aggregator.position_embeddings
    for block in body.encoder.blocks:
        q = block.attention_norm(x)
        w, b = block.attention.in_projection.weight, block.attention.in_projection.bias
        queries, keys, values = q @ w[:D].T + b[:D], x @ w[D : 2 * D].T, x @ w[2 * D :].T
        keys, values = keys + b[D : 2 * D], values + b[2 * D :]
        mixed = torch.zeros_like(x)
        for user in range(len(ids)):
            for head in range(0, D, D // 2):
                part = slice(head, head + D // 2)
                for i in range(L):
                    seen = [j for j in range(i + 1) if mask[user, j] or j == i]
                    scores = keys[user, seen, part] @ queries[user, i, part] / (D // 2) ** 0.5
                    mixed[user, i, part] = scores.softmax(0) @ values[user, seen, part]
        x = q + block.attention.out_projection(mixed)
        x = block.feed_forward_norm(x)
        ff = block.feed_forward
        x = x + ff.linear2(torch.relu(ff.linear1(x)))
    return body.output_normalization(x)


def test_hidden_states_are_those_of_the_naive_formula(body):
    features, mask = events()
    assert type(body) is SasRecBody
    torch.testing.assert_close(
        body(features, mask), naive_hidden_states(body, features["item_id"], mask)
    )


def test_states_of_every_block_end_with_those_of_forward(body):
    features, mask = events()
    embeddings, *blocks = body.hidden_states(features, mask)
    assert torch.equal(embeddings, body.embedding_aggregator(body.embedder(features)))
    assert len(blocks) == SIZES["num_blocks"]
    torch.testing.assert_close(blocks[-1], body(features, mask))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, L - 1), st.integers(0, 10**6))
def test_later_events_do_not_change_earlier_hidden_states(position, seed):
    body = sasrec().eval().body
    features, mask = events(lengths=(6, 6, 4, 2), seed=seed)
    changed = features["item_id"].clone()
    changed[:, position:] = (changed[:, position:] + 1) % V
    before, after = body(features, mask), body({"item_id": changed}, mask)
    assert torch.equal(before[:, :position], after[:, :position])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, L), st.integers(0, 10**6))
def test_a_trimmed_batch_gives_the_same_numbers(length, seed):
    body = sasrec().eval().body
    features, mask = events(lengths=(length, 1, length, 0), seed=seed)
    trimmed = ({"item_id": features["item_id"][:, L - length :]}, mask[:, L - length :])
    torch.testing.assert_close(body(*trimmed), body(features, mask)[:, L - length :])
    torch.testing.assert_close(body.forward_last(*trimmed), body.forward_last(features, mask))
