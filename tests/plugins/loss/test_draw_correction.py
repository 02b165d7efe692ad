"""Losses that correct for how often negatives are drawn: by the formula, and in expectation."""

import pytest
import torch
from seqrec_library_kernels import catalogue_loss, sampled_loss
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_loss_bce.bce import BCESampled
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted
from seqrec_loss_login.login import LogInCE, LogInCESampled
from seqrec_sampler_standard.uniform_sampler import UniformSampler
from seqrec_sampler_weighted.in_batch_sampler import InBatchSampler
from seqrec_sampler_weighted.mixed_sampler import MixedSampler
from seqrec_sampler_weighted.popularity_sampler import PopularitySampler
from seqrec_transform_negatives.sampled_negatives import SampledNegatives
from torch.nn import functional as F

from seqrec_core.contracts import Labels

LOSSES = {
    "CESampled": CESampled,
    "CESampledWeighted": lambda **settings: CESampledWeighted("w", **settings),
    "LogInCESampled": lambda **settings: LogInCESampled(log_epsilon=0.0, **settings),
    "BCESampled": lambda **settings: BCESampled(log_epsilon=0.0, **settings),
}
V, POSITIVE = 12, 4
COUNTS = torch.tensor([900, 400, 300, 200, 120, 90, 60, 40, 30, 20, 15, 10.0])


def logq_of(batch, negatives):
    """Made-up logarithms of how often items are drawn."""
    table = torch.linspace(-3, 1, batch.table.size(0), dtype=torch.double)
    return {"negative_logq": table[negatives.clamp(min=0)], "positive_logq": table[batch.labels]}


def call(name, batch, negatives, logq, **told):
    labels = Labels(
        batch.labels, batch.mask, negatives, weights=torch.ones_like(batch.hidden[..., :1])
    )
    loss = LOSSES[name](logq=logq)
    return loss(batch.hidden, labels._replace(**told), scorer=batch.scorer)


def naive(name, batch, logits, counts, positives):
    """Each loss by its definition, of corrected logits (B, L, N) and (B, L, P)."""
    total, number = 0.0, 0
    for user, place in batch.mask.any(-1).nonzero().tolist():
        negative = logits[user, place][counts[user, place]]
        positive = positives[user, place][batch.mask[user, place]]
        if name == "LogInCESampled":
            total += torch.cat([positive, negative]).logsumexp(0) - positive.logsumexp(0)
            number += 1
            continue
        number += len(positive)
        for one in positive:
            if name == "BCESampled":
                total += F.softplus(-one) + F.softplus(negative).sum()
            else:
                total += torch.cat([one[None], negative]).logsumexp(0) - one
    return total / number


@pytest.mark.parametrize("cosine", [False, True])
@pytest.mark.parametrize("cache", [1, 2**20])
@pytest.mark.parametrize(
    ("name", "logq"),
    [
        (n, q)
        for n in LOSSES
        for q in ("negatives", "both")
        if (n, q) != ("BCESampled", "negatives")
    ],
)
def test_logits_are_lowered_by_the_logarithm_of_how_often_items_are_drawn(
    make_batch, draw_negatives, naive_negatives, assert_same, cosine_head, monkeypatch,
    name, logq, cache, cosine,
):  # fmt: skip
    monkeypatch.setattr(catalogue_loss, "CACHE_BYTES", cache)
    monkeypatch.setattr(catalogue_loss, "FEWEST_ROWS", 2)
    monkeypatch.setattr(sampled_loss, "CACHE_BYTES", cache)
    batch = make_batch(positives=2, head=cosine_head if cosine else None)
    negatives = draw_negatives(batch, ignore_index=-100)
    told = logq_of(batch, negatives)
    logits, counts = naive_negatives(batch, negatives)
    lowered = told["negative_logq"]
    while lowered.dim() < logits.dim():
        lowered = lowered.unsqueeze(-2)
    positives = batch.logits.gather(-1, batch.labels)
    if logq == "both":
        positives = positives - told["positive_logq"]
    expected = naive(name, batch, logits - lowered, counts, positives)
    assert_same(batch, call(name, batch, negatives, logq, **told), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_without_logq_what_labels_say_of_draws_changes_nothing(make_batch, draw_negatives, name):
    batch = make_batch(positives=2)
    negatives = draw_negatives(batch)
    told = logq_of(batch, negatives)
    told_losses = call(name, batch, negatives, "none", **told)
    assert torch.equal(told_losses, call(name, batch, negatives, "none"))


def one_position(head, scale=1.0):
    """A hidden state, and the items that it scores, of a catalogue of V."""
    torch.manual_seed(3)
    hidden = torch.randn(1, 1, 5, dtype=torch.double)
    table = scale * torch.randn(V + 1, 5, dtype=torch.double)
    scorer = ItemScorer(head, lambda ids=None: table[:-1] if ids is None else table[ids])
    return hidden, table, scorer


def batch_of(positive, users=1):
    labels = torch.full((users, 1, 1), positive)
    return {"positive_labels": labels, "target_padding_mask": torch.ones_like(labels).bool()}


def popularity(count, seed=0, **settings):
    generator = torch.Generator().manual_seed(seed)
    return PopularitySampler(COUNTS, count, generator=generator, **settings)


def uniform(count, seed=1):
    return UniformSampler(V, count, generator=torch.Generator().manual_seed(seed))


SAMPLERS = {
    "popularity": lambda: popularity(6),
    "uniform": lambda: uniform(6),
    "mixed": lambda: MixedSampler(V, [popularity(4, alpha=1.0), uniform(3)]),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_corrected_sum_is_in_expectation_that_of_the_whole_softmax(make_batch, name):
    hidden, table, _ = one_position(make_batch().head)
    scores = (table[:-1] @ hidden[0, 0]).exp()
    exact = scores.sum() - scores[POSITIVE]
    sampler = SampledNegatives(SAMPLERS[name](), logq=True)
    corrected, plain = [], []
    for _ in range(1500):
        batch = sampler(batch_of(POSITIVE))
        items, logq = batch["negative_labels"], batch["negative_logq"]
        terms = scores[items] * (items != POSITIVE)
        corrected.append((terms / logq.exp()).sum())
        plain.append(terms.sum() * V / len(items))
    corrected, plain = torch.stack(corrected), torch.stack(plain)
    error = corrected.std() / len(corrected) ** 0.5
    assert abs(corrected.mean() - exact) < 5 * error
    assert error < 0.04 * exact
    if name != "uniform":
        assert abs(plain.mean() - exact) > 0.15 * exact


@pytest.mark.parametrize(("name", "whole"), [("CESampled", CE), ("LogInCESampled", LogInCE)])
def test_gradients_of_many_corrected_negatives_are_those_of_all_items(make_batch, name, whole):
    hidden, table, _ = one_position(make_batch().head)

    def gradient(loss, **told):
        items = table.clone().requires_grad_()
        labels = batch_of(POSITIVE)
        labels = Labels(labels["positive_labels"], labels["target_padding_mask"], **told)
        rows = lambda ids=None: items[:-1] if ids is None else items[ids]  # noqa: E731
        loss(hidden, labels, scorer=ItemScorer(make_batch().head, rows)).backward()
        return items.grad

    exact = gradient(CE() if whole is CE else LogInCE(V, log_epsilon=0.0))
    far = {}
    for count in (1000, 100_000):
        batch = SampledNegatives(popularity(count), logq=True)(batch_of(POSITIVE))
        negatives = {"negatives": batch["negative_labels"], "negative_logq": batch["negative_logq"]}
        for logq in ("none", "negatives"):
            difference = gradient(LOSSES[name](logq=logq), **negatives) - exact
            far[logq, count] = (difference.norm() / exact.norm()).item()
    assert far["negatives", 100_000] < 0.02
    assert far["negatives", 100_000] < far["negatives", 1000] / 3
    assert far["none", 100_000] > 0.2


def test_the_gradient_has_the_weight_of_the_positive_by_itself(make_batch):
    """(1 - P(p)) times that of a loss over negatives alone: arXiv:2507.09331."""
    hidden, table, scorer = one_position(make_batch().head)
    hidden.requires_grad_()
    batch = SampledNegatives(popularity(8), logq=True)(batch_of(POSITIVE))
    items, logq = batch["negative_labels"], batch["negative_logq"].double()
    labels = Labels(
        batch["positive_labels"], batch["target_padding_mask"], items, negative_logq=logq
    )
    loss = CESampled(logq="negatives")(hidden, labels, scorer=scorer)
    (actual,) = torch.autograd.grad(loss, hidden)
    scores = table[:-1] @ hidden[0, 0]
    kept = items != POSITIVE
    lowered = (scores[items] - logq)[kept]
    weight = 1 - torch.cat([scores[POSITIVE, None], lowered]).softmax(0)[0]
    alone = lowered.logsumexp(0) - scores[POSITIVE]
    (expected,) = torch.autograd.grad(alone, hidden, retain_graph=True)
    torch.testing.assert_close(actual, weight.detach() * expected)


def test_an_item_that_was_drawn_twice_counts_twice_and_a_positive_never(make_batch):
    hidden, table, scorer = one_position(make_batch().head)
    scores = table[:-1] @ hidden[0, 0]
    labels = batch_of(POSITIVE)
    items, logq = torch.tensor([2, 7, 2, POSITIVE, POSITIVE]), torch.tensor([-1.0, 1, -1, 9, 9])
    labels = Labels(*labels.values(), items, negative_logq=logq)
    loss = CESampled(logq="negatives")(hidden, labels, scorer=scorer)
    total = scores[POSITIVE].exp() + 2 * (scores[2] + 1).exp() + (scores[7] - 1).exp()
    torch.testing.assert_close(loss, total.log() - scores[POSITIVE])


@pytest.mark.parametrize("logq", ["none", "both"])
def test_binary_answers_are_log_odds_once_both_are_lowered(logq):
    """The least expected loss of scores (V,) alone: noise-contrastive estimation."""
    chances = torch.tensor([8.0, 6, 4, 3, 2, 1, 1, 1, 0.5, 0.3, 0.2, 0.1], dtype=torch.double)
    chances = chances / chances.sum()
    sampler = popularity(5)
    items = torch.arange(V)
    lowered = sampler.log_frequency(items, {}).double() if logq == "both" else torch.zeros(V)
    frequency = sampler.log_frequency(items, {}).double().exp()
    scores = torch.zeros(V, dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([scores], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        logits = scores - lowered
        wrong = frequency * (1 - chances)  # an item is no negative where it is the positive
        loss = (chances * F.softplus(-logits) + wrong * F.softplus(logits)).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    odds = (chances / (1 - chances)).log()
    expected = odds if logq == "both" else odds - frequency.log()
    torch.testing.assert_close(scores.detach(), expected, rtol=0.01, atol=0.01)


class Neighbours:
    """A stranger's sampler: two sets of items a user, and how often it draws them."""

    def forward(self, batch):
        users = len(batch["positive_labels"])
        return torch.randint(0, 4, (users, 6)) + 3

    __call__ = forward

    def log_frequency(self, items, batch):
        return torch.where((items >= 3) & (items < 7), 6 / 4, 0.0).log()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    "sampler",
    [
        Neighbours(),
        MixedSampler(11, [Neighbours(), InBatchSampler(counts=COUNTS[:11])]),
        popularity(6, per_user=True),
    ],
    ids=["stranger", "mixed with a stranger's", "per user"],
)
def test_every_sampled_loss_takes_any_sampler_that_knows_its_frequencies(
    make_batch, naive_negatives, name, sampler
):
    batch = make_batch(items=V)
    columns = {"positive_labels": batch.labels, "target_padding_mask": batch.mask}
    columns = SampledNegatives(sampler, logq=True)(columns)
    negatives = columns["negative_labels"]
    told = {key: columns[key].double() for key in ("negative_logq", "positive_logq")}
    logits, counts = naive_negatives(batch, negatives)
    logits = logits - told["negative_logq"][:, None]
    positives = batch.logits.gather(-1, batch.labels) - told["positive_logq"].clamp(min=-87)
    expected = naive(name, batch, logits, counts, positives)
    actual = call(name, batch, negatives, "both", **told)
    assert actual.item() == pytest.approx(expected.item())


def test_a_sampler_that_cannot_tell_is_refused_with_the_remedy():
    weighted = UniformSampler(V, 3, sample_distribution=COUNTS)
    with pytest.raises(ValueError, match=r"UniformSampler cannot tell .* model\.loss\.logq"):
        SampledNegatives(weighted, logq=True)(batch_of(POSITIVE))
