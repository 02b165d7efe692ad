"""Each formula for one user at a time, with ties, where a rank is not a place."""

import math

import pytest
import torch
from seqrec_callback_metrics.formulas import FORMULAS, RankedUsers

USERS, PLACES, KS = 40, 6, (1, 2, 4, 6)


def naive(name, hits, ranks, novel, targets, k):
    """A metric of one user at one cut-off: `hits` and `novel` by place, `ranks` with ties."""
    inside = [place for place in range(PLACES) if hits[place] and ranks[place] <= k]
    gains = [1 / math.log2(ranks[place] + 1) for place in inside]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(targets, k) + 1))
    precisions = [(1 + number) / ranks[place] for number, place in enumerate(inside)]
    return {
        "recall": len(inside) / targets,
        "precision": len(inside) / k,
        "ndcg": sum(gains) / ideal,
        "map": sum(precisions) / min(targets, k),
        "mrr": 1 / ranks[inside[0]] if inside else 0.0,
        "hitrate": float(bool(inside)),
        "novelty": sum(novel[:k]) / k,
    }[name]


def users():
    """Places of which some hold targets; neighbours that tie share the later rank."""
    generator = torch.Generator().manual_seed(0)
    hits = torch.rand(USERS, PLACES, generator=generator).lt(0.4).double()
    novel = torch.rand(USERS, PLACES, generator=generator).lt(0.5).double()
    ranks = torch.arange(1, PLACES + 1).double().repeat(USERS, 1)
    tied = torch.rand(USERS, PLACES - 1, generator=generator).lt(0.3)
    for place in range(PLACES - 2, -1, -1):
        ranks[:, place] = torch.where(tied[:, place], ranks[:, place + 1], ranks[:, place])
    targets = hits.sum(1, keepdim=True).long() + torch.randint(1, 4, (USERS, 1))
    places = torch.arange(1, PLACES + 1).double()
    ideal_dcg = torch.log2(places + 1).reciprocal().cumsum(0)
    return RankedUsers(hits, ranks, novel, targets, torch.tensor(KS), ideal_dcg)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_equals_its_definition(name):
    torch.manual_seed(0)
    ranked = users()
    values = FORMULAS[name](ranked)
    assert values.shape == (USERS, len(KS))
    for user in range(USERS):
        columns = [column[user].tolist() for column in (ranked.hits, ranked.ranks, ranked.novel)]
        for value, k in zip(values[user].tolist(), KS, strict=True):
            expected = naive(name, *columns, int(ranked.targets[user]), k)
            assert value == pytest.approx(expected, abs=1e-12)
