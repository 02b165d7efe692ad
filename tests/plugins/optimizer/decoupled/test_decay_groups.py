import re

import pytest
import torch
from seqrec_optimizer_decoupled.decay_groups import USUAL, groups_by_dimension, groups_by_name

from seqrec_core.errors import SeqrecError


def model():
    return {
        "body.embedder.item_id.weight": torch.ones(9, 2),
        "encoder.attention.weight": torch.ones(2, 2),
        "encoder.attention.bias": torch.ones(2),
        "encoder.positions.0.table": torch.ones(4, 2),
        "encoder.linear.weight": torch.ones(3, 2),
        "encoder.scale": torch.ones(()),
    }


def decays(groups, named):
    names = {id(parameter): name for name, parameter in named.items()}
    return {names[id(p)]: group["weight_decay"] for group in groups for p in group["params"]}


def test_matrices_decay_and_tables_vectors_and_numbers_do_not():
    named = model()
    groups = groups_by_name(named.items(), 0.1, USUAL)
    assert [group["weight_decay"] for group in groups] == [0.1, 0.0]
    decaying = {name for name, decay in decays(groups, named).items() if decay}
    assert decaying == {"encoder.attention.weight", "encoder.linear.weight"}


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [((), set()), (("*attention*",), {"encoder.attention.weight"}), (("*.0.*",), {"positions"})],
)
def test_patterns_of_ones_own_take_the_place_of_the_usual_ones(patterns, kept):
    named = model()
    values = decays(groups_by_name(named.items(), 0.1, patterns), named)
    matrices = {name for name, parameter in named.items() if parameter.dim() > 1}
    resting = {name for name in matrices if not values[name]}
    assert len(resting) == len(kept)
    assert all(any(word in name for word in kept) for name in resting)


@pytest.mark.parametrize("pattern", ["*embd*", "item_id", "*Attention*", ""])
def test_a_pattern_that_matches_nothing_is_named(pattern):
    with pytest.raises(
        SeqrecError, match=f"no_decay: '{re.escape(pattern)}' matches no .*attention.weight"
    ):
        groups_by_name(model().items(), 0.1, (*USUAL, pattern))


def test_without_decay_and_without_difference_there_is_one_group():
    assert len(groups_by_name(model().items(), 0.0, USUAL)) == 1
    assert len(groups_by_name([("scale", torch.ones(3))], 0.1, USUAL)) == 1
    assert len(groups_by_name([], 0.1, USUAL)) == 1


def test_a_weight_of_two_names_is_there_once():
    table = torch.ones(3, 2)
    groups = groups_by_name([("one", table), ("other", table)], 0.1, USUAL)
    assert [len(group["params"]) for group in groups] == [1]


def test_without_names_matrices_decay_and_patterns_are_refused():
    matrix, vector = torch.ones(2, 2), torch.ones(2)
    groups = groups_by_dimension(iter([vector, matrix]), 0.1, USUAL)
    assert [(group["params"][0].dim(), group["weight_decay"]) for group in groups] == [
        (2, 0.1),
        (1, 0.0),
    ]
    with pytest.raises(SeqrecError, match="goes by names"):
        groups_by_dimension([matrix], 0.1, ("*head*",))
