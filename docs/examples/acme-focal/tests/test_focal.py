"""The numbers, against a formula of their own."""

import math
from pathlib import Path

import pytest
import torch
from seqrec_core.contracts import Labels
from seqrec_tool_conformance.scorers import PlainScorer

import acme_focal
from acme_focal.focal import Focal

V = 30


def formula(scores, positive, negatives, gamma):
    """The paper's loss of one target and what it is compared with, each by its p_t."""
    chosen = 1 / (1 + math.exp(-scores[positive]))
    probabilities = [chosen, *(1 - 1 / (1 + math.exp(-scores[n])) for n in negatives)]
    terms = [-((1 - p) ** gamma) * math.log(p) for p in probabilities]
    return sum(terms) / len(terms)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("shape", [(6,), (2, 6), (2, 3, 6)])
def test_it_is_the_formula_of_the_paper(gamma, shape):
    draw = torch.Generator().manual_seed(0)
    hidden = torch.randn(2, 3, 4, generator=draw, dtype=torch.float64)
    table = torch.randn(V + 1, 4, generator=draw, dtype=torch.float64)
    labels = torch.randint(V, (2, 3, 2), generator=draw)
    mask = torch.rand(2, 3, 2, generator=draw) < 0.7
    drawn = torch.randint(V, shape, generator=draw)
    drawn.select(-1, 0)[...] = labels[0, 1, 0]  # one positive is drawn as a negative too
    drawn.select(-1, 1)[...] = -100
    loss = Focal(gamma, -100)(hidden, Labels(labels, mask, drawn), scorer=PlainScorer(table, V))
    terms = []
    for user, position, which in mask.nonzero().tolist():
        positives = labels[user, position][mask[user, position]].tolist()
        draws = drawn.expand(2, 3, 6) if len(shape) != 2 else drawn[:, None].expand(2, 3, 6)
        negatives = [n for n in draws[user, position].tolist() if n != -100 and n not in positives]
        scores = (table @ hidden[user, position]).tolist()
        terms.append(formula(scores, labels[user, position, which].item(), negatives, gamma))
    assert loss.item() == pytest.approx(sum(terms) / len(terms), rel=1e-12)


def test_without_focus_it_is_binary_cross_entropy():
    hidden, table = torch.eye(4)[None, :3], torch.eye(V + 1)[:, :4] * 3
    drawn = torch.tensor([8, 9])
    labels, mask = torch.tensor([[[0], [1], [2]]]), torch.ones(1, 3, 1, dtype=torch.bool)
    loss = Focal(0.0, -100)(hidden, Labels(labels, mask, drawn), scorer=PlainScorer(table, V))
    scores, truth = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 0.0])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(scores, truth)
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_a_hopeless_positive_still_has_a_gradient(gamma):
    hidden = torch.tensor([[[-1000.0]]], requires_grad=True)
    labels, mask = torch.tensor([[[0]]]), torch.ones(1, 1, 1, dtype=torch.bool)
    scorer = PlainScorer(torch.ones(V + 1, 1), V)
    loss = Focal(gamma, -100)(hidden, Labels(labels, mask, torch.tensor([5])), scorer=scorer)
    loss.backward()
    assert loss.item() == pytest.approx(1000 / 2)
    assert hidden.grad.item() == pytest.approx(-1 / 2)


def test_it_takes_less_than_60_lines():
    code = [
        line
        for file in Path(acme_focal.__file__).parent.glob("*.py")
        for line in file.read_text().splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    assert len(code) < 60
