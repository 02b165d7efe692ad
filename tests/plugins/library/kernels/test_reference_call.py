"""A loss that takes its labels as one, or one by one as the reference does."""

import inspect
import re
from itertools import combinations

import pytest
import torch
from mypy import api
from seqrec_library_kernels.reference_call import takes_reference_call
from torch import nn

from seqrec_core.contracts import Labels

HIDDEN, POSITIVES = torch.ones(1, 2, 3), torch.full((1, 2, 1), 2.0)
MASK, NEGATIVES = torch.full((1, 2, 1), 4.0), torch.full((5,), 8.0)
FEATURES = {"price": torch.full((1, 2), 16.0)}


class Sum(nn.Module):
    """Adds up what it is given, so that nothing is forgotten."""

    @takes_reference_call
    def forward(self, hidden_states, labels, *, scorer):
        """The sum."""
        assert labels.weights is None
        total = hidden_states.sum() + labels.positives.sum() + labels.mask.sum() + scorer
        if labels.negatives is not None:
            total = total + labels.negatives.sum()
        return total if labels.features is None else total + labels.features["price"].sum()


NAMED = {
    "model_embeddings": HIDDEN,
    "positive_labels": POSITIVES,
    "negative_labels": NEGATIVES,
    "target_padding_mask": MASK,
}
BARE = {name: value for name, value in NAMED.items() if name != "negative_labels"}


@pytest.mark.parametrize("compiles", [False, True])
def test_either_call_gives_the_same(compiles):
    loss = torch.compile(Sum(), fullgraph=True, backend="eager") if compiles else Sum()
    bare = 6 + 4 + 8 + 0.5
    assert loss(HIDDEN, Labels(POSITIVES, MASK), scorer=0.5) == bare
    assert loss(hidden_states=HIDDEN, labels=Labels(POSITIVES, MASK), scorer=0.5) == bare
    assert loss(**BARE, scorer=0.5) == bare
    assert loss(**BARE, padding_mask=MASK, negative_labels=None, scorer=0.5) == bare
    whole = Labels(POSITIVES, MASK, NEGATIVES, features=FEATURES)
    assert loss(HIDDEN, whole, scorer=0.5) == bare + 40 + 32
    assert loss(**NAMED, feature_tensors=FEATURES, scorer=0.5) == bare + 40 + 32


@pytest.mark.parametrize("arguments", [BARE, NAMED])
@pytest.mark.parametrize("count", range(5))
def test_the_first_arguments_need_no_names(arguments, count):
    values, rest = list(arguments.values()), dict(list(arguments.items())[count:])
    assert Sum()(*values[:count], **rest, scorer=0.5) == Sum()(**arguments, scorer=0.5)


def test_half_of_the_reference_is_an_error():
    for names in (*combinations(BARE, 1), *combinations(BARE, 2)):
        missing = ", ".join(name for name in BARE if name not in names)
        with pytest.raises(TypeError, match=f"Sum got no {missing}; call it with hidden_states"):
            Sum()(**{name: BARE[name] for name in names}, scorer=0.5)
    with pytest.raises(TypeError, match="no model_embeddings, positive_labels, target"):
        Sum()(scorer=0.5)


@pytest.mark.parametrize(
    ("positional", "named", "words"),
    [
        ((HIDDEN,), {}, "no positive_labels, target_padding_mask"),
        ((HIDDEN, POSITIVES), {}, "no target_padding_mask"),
        ((HIDDEN,), BARE, "model_embeddings twice"),
        ((HIDDEN, POSITIVES), {"positive_labels": MASK}, "positive_labels twice"),
        ((HIDDEN, POSITIVES, NEGATIVES, MASK, MASK), {}, "5 tensors"),
        ((HIDDEN, Labels(POSITIVES, MASK)), {"positive_labels": MASK}, "labels and some"),
        ((HIDDEN, Labels(POSITIVES, MASK), MASK), {}, "labels and some"),
        ((), {"labels": Labels(POSITIVES, MASK)}, "labels and some"),
    ],
)
def test_mixtures_are_an_error(positional, named, words):
    with pytest.raises(TypeError, match=f"Sum got {words}.*, or, as the reference, with"):
        Sum()(*positional, **named, scorer=0.5)


def test_a_scorer_and_only_known_names_are_asked_for():
    with pytest.raises(TypeError, match="scorer"):
        Sum()(HIDDEN, Labels(POSITIVES, MASK))
    with pytest.raises(TypeError, match="scorrer"):
        Sum()(HIDDEN, Labels(POSITIVES, MASK), scorrer=3, scorer=0.5)


def test_readers_see_what_the_author_wrote():
    assert list(inspect.signature(Sum().forward).parameters) == [
        "hidden_states",
        "labels",
        "scorer",
    ]
    assert Sum.forward.__doc__ == "The sum."


CALLS = """
from seqrec_core.contracts import Labels, LossProto, ScorerProto
from seqrec_loss_ce.ce import CE
from torch import Tensor, nn

def calls(loss: LossProto, hidden: Tensor, labels: Labels, scorer: ScorerProto) -> Tensor:
    total = loss(hidden, labels, scorer=scorer) + CE().forward(hidden, labels, scorer=scorer)
    total += CE().forward(
        model_embeddings=hidden, positive_labels=hidden, target_padding_mask=hidden, scorer=scorer
    )
    ours: LossProto = CE()
    theirs: LossProto = nn.Linear(2, 2)  # error
    loss(hidden, hidden, scorrer=3)  # error
    loss(hidden, hidden, scorer=scorer)  # error
    CE().forward(hidden, labels, scorrer=3)  # error
    CE().forward(model_embeddings=hidden, positive_labels=hidden, scorer=scorer)  # error
    return total
"""


@pytest.mark.slow
def test_type_checkers_see_both_calls_and_every_mistake(tmp_path):
    source = tmp_path / "calls.py"
    source.write_text(CALLS)
    output, _, _ = api.run(["--strict", "--cache-dir", str(tmp_path), str(source)])
    faulty = {int(line) for line in re.findall(r"calls\.py:(\d+): error", output)}
    lines = enumerate(CALLS.splitlines(), start=1)
    assert faulty == {number for number, line in lines if line.endswith("# error")}, output
