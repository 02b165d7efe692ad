"""Which targets postprocessors of every form take out, against the logits before and after."""

import pytest
import torch
from seqrec_callback_metrics.taken_out import TakenOut, watched
from seqrec_callback_metrics.target_sets import distinct_targets
from seqrec_library_kernels.ranking import recommend
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

ITEMS = 9
CPU = torch.device("cpu")


class Stages:
    """What another postprocessor does, without the ability to name items."""

    def __init__(self, inner):
        self.on_prediction, self.on_validation = inner.on_prediction, inner.on_validation


class Doubled:
    """Changes logits and takes nothing out."""

    def on_prediction(self, batch, logits):
        return logits * 2

    on_validation = on_prediction


class DropsBelow:
    """Takes out what has a logit below zero."""

    def on_prediction(self, batch, logits):
        return logits.masked_fill(logits < 0, -torch.inf)

    on_validation = on_prediction


def batch_of(users=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        "logits": torch.randn(users, ITEMS, generator=generator),
        "seen_ids": torch.randint(-1, ITEMS + 1, (users, 4), generator=generator),
        "ground_truth": torch.randint(-1, ITEMS + 1, (users, 3), generator=generator),
    }


def counts(batch, postprocessors, logits=None):
    """Targets that are taken out and all, and the best items beside those of the bare ranking."""
    targets = distinct_targets(batch["ground_truth"], ITEMS)
    watching, tally = watched(postprocessors, targets), TakenOut(CPU)
    output = {"logits": batch["logits"] if logits is None else logits}
    ranked = [
        recommend(output, batch, 3, stage="on_validation", postprocessors=each)
        for each in (watching, postprocessors)
    ]
    assert torch.equal(ranked[0].items, ranked[1].items)
    tally.add(targets, watching)
    return tally.counts()


def naive_counts(batch, is_out):
    users = batch["ground_truth"].tolist()
    pairs = [(u, i) for u, row in enumerate(users) for i in set(row) if 0 <= i < ITEMS]
    return sum(is_out(user, item) for user, item in pairs), len(pairs)


@pytest.mark.parametrize(
    "chain",
    [
        lambda seen: [seen],
        lambda seen: [Stages(seen)],
        lambda seen: [seen, Doubled()],
        lambda seen: [Doubled(), seen],
        lambda seen: [seen, Stages(seen), seen],
    ],
)
def test_filters_of_every_form_are_counted_alike(chain):
    batch = batch_of()
    seen = batch["seen_ids"].tolist()
    expected = naive_counts(batch, lambda user, item: item in seen[user])
    assert counts(batch, chain(SeenItemsFilter(ITEMS))) == expected
    assert expected[0] > 0


def test_what_two_take_out_counts_once():
    batch = batch_of(seed=1)
    seen, logits = batch["seen_ids"].tolist(), batch["logits"]
    expected = naive_counts(batch, lambda u, i: i in seen[u] or bool(logits[u, i] < 0))
    assert counts(batch, [SeenItemsFilter(ITEMS), DropsBelow()]) == expected
    assert counts(batch, [DropsBelow(), SeenItemsFilter(ITEMS)]) == expected


def test_a_logit_that_was_infinite_before_is_not_taken_out():
    batch = batch_of(seed=2)
    batch["logits"] = torch.full_like(batch["logits"], -torch.inf)
    assert counts(batch, [DropsBelow()])[0] == 0


def test_among_candidates_the_item_of_the_column_counts():
    batch = batch_of(seed=3)
    candidates = torch.tensor([7, 0, 3, 5])
    batch["candidates_to_score"] = candidates
    logits = batch["logits"][:, candidates]
    column = {item: place for place, item in enumerate(candidates.tolist())}
    expected = naive_counts(batch, lambda u, i: i in column and bool(logits[u, column[i]] < 0))
    assert counts(batch, [DropsBelow()], logits) == expected


def test_the_key_tells_targets_apart_whatever_becomes_of_them():
    def key(truth, postprocessors):
        targets, tally = distinct_targets(torch.tensor(truth), ITEMS), TakenOut(CPU)
        tally.add(targets, watched(postprocessors, targets))
        return tally.key

    assert key([[1, 1], [2, -1]], []) == key([[2, -1], [1, 1]], []) == (2, 3)
    assert key([[1], [3]], []) != key([[1], [2]], [])
