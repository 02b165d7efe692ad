"""Losses over groups of a batch: each group is a batch of its own."""

import pytest
import torch
from seqrec_library_kernels import catalogue_loss
from seqrec_loss_ce.ce import CESampled
from seqrec_loss_grouped.grouped import GroupedCESampled, GroupedLogInCESampled
from seqrec_loss_login.login import LogInCESampled

from seqrec_core.contracts import Labels

KINDS = {
    "ce": (GroupedCESampled, CESampled, {"label_smoothing": 0.1}),
    "log in": (GroupedLogInCESampled, LogInCESampled, {"log_epsilon": 1e-3}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
SIZES = {2: 3, 3: 2, 4: 2, 5: 1, 9: 1}  # users of a group, groups of 5 users


def naive(plain, batch, negatives, size):
    """The mean of the losses that the groups have by themselves."""
    losses = []
    for group, start in enumerate(range(0, len(batch.labels), size)):
        rows = slice(start, start + size)
        if not batch.mask[rows].any():
            continue
        labels = Labels(
            batch.labels[rows],
            batch.mask[rows],
            negatives if negatives.dim() == 1 else negatives[group],
        )
        losses.append(plain(batch.hidden[rows], labels, scorer=batch.scorer))
    return torch.stack(losses).mean()


@every_kind
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dot_product", [True, False])
def test_a_loss_is_the_mean_over_groups(
    make_batch, assert_same, cosine_head, kind, size, dot_product
):
    grouped, plain, settings = KINDS[kind]
    head = {} if dot_product else {"head": cosine_head}
    batch = make_batch(users=5, positives=2, **head)
    negatives = torch.randint(11, (SIZES[size], 4), generator=torch.Generator().manual_seed(2))
    negatives[0, 0] = -100
    labels = Labels(batch.labels, batch.mask, negatives)
    ours = grouped(size, **settings)(batch.hidden, labels, scorer=batch.scorer)
    assert_same(batch, ours, naive(plain(**settings), batch, negatives, size))


@every_kind
def test_groups_may_share_their_negatives(make_batch, assert_same, kind):
    grouped, plain, settings = KINDS[kind]
    batch, negatives = make_batch(users=5), torch.arange(3)
    labels = Labels(batch.labels, batch.mask, negatives)
    ours = grouped(2, **settings)(batch.hidden, labels, scorer=batch.scorer)
    assert_same(batch, ours, naive(plain(**settings), batch, negatives, 2))


@every_kind
def test_negatives_of_users_and_positions_count_as_without_groups(
    make_batch, assert_same, draw_negatives, kind
):
    grouped, plain, settings = KINDS[kind]
    batch = make_batch(users=5)
    labels = Labels(batch.labels, batch.mask, draw_negatives(batch))
    ours = grouped(5, **settings)(batch.hidden, labels, scorer=batch.scorer)
    assert_same(batch, ours, plain(**settings)(batch.hidden, labels, scorer=batch.scorer))


@every_kind
def test_a_group_without_targets_has_no_say(make_batch, assert_same, kind):
    grouped, plain, settings = KINDS[kind]
    batch = make_batch(users=5)
    batch.mask[2:4] = False
    negatives = torch.randint(11, (3, 4), generator=torch.Generator().manual_seed(2))
    labels = Labels(batch.labels, batch.mask, negatives)
    ours = grouped(2, **settings)(batch.hidden, labels, scorer=batch.scorer)
    assert_same(batch, ours, naive(plain(**settings), batch, negatives, 2))


def test_class_weights_count_as_in_each_group(make_batch, assert_same):
    batch = make_batch(users=5)
    weight = torch.tensor([2.0, 0.5, 1.0, 3.0], dtype=torch.double)
    negatives = torch.randint(11, (3, 3), generator=torch.Generator().manual_seed(2))
    labels = Labels(batch.labels, batch.mask, negatives)
    ours = GroupedCESampled(2, weight=weight)(batch.hidden, labels, scorer=batch.scorer)
    assert_same(batch, ours, naive(CESampled(weight=weight), batch, negatives, 2))


def test_the_frequency_of_draws_counts_as_without_groups(make_batch, assert_same):
    batch, negatives = make_batch(users=5), torch.arange(3)
    logs = {
        "negative_logq": torch.randn(3, dtype=torch.double),
        "positive_logq": torch.randn(batch.labels.shape, dtype=torch.double),
    }
    labels = Labels(batch.labels, batch.mask, negatives, **logs)
    arguments = (batch.hidden, labels)
    ours = GroupedCESampled(9, logq="both")(*arguments, scorer=batch.scorer)
    assert_same(batch, ours, CESampled(logq="both")(*arguments, scorer=batch.scorer))
    ours = GroupedLogInCESampled(9, logq="negatives")(*arguments, scorer=batch.scorer)
    plain = LogInCESampled(logq="negatives")(*arguments, scorer=batch.scorer)
    assert_same(batch, ours, plain)


def test_chunks_do_not_change_the_numbers(make_batch, assert_same, monkeypatch):
    batch = make_batch(users=7)
    labels = Labels(batch.labels, batch.mask, torch.randint(11, (4, 5)))
    whole = GroupedCESampled(2)(batch.hidden, labels, scorer=batch.scorer)
    monkeypatch.setattr(catalogue_loss, "CACHE_BYTES", 0)
    monkeypatch.setattr(catalogue_loss, "FEWEST_ROWS", 2)
    assert_same(batch, GroupedCESampled(2)(batch.hidden, labels, scorer=batch.scorer), whole)


@every_kind
def test_another_number_of_groups_is_refused(make_batch, kind):
    batch = make_batch(users=5)
    labels = Labels(batch.labels, batch.mask, torch.zeros(4, 6, dtype=torch.long))
    words = r"\(4, 6\) do not fit 3 groups of 2 users, 5 together; give \(3, N\)"
    with pytest.raises(ValueError, match=words):
        KINDS[kind][0](2)(batch.hidden, labels, scorer=batch.scorer)
    with pytest.raises(ValueError, match="logical_batch_size is 0"):
        KINDS[kind][0](0)
