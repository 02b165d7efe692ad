"""Which positions of a batch have a target, and what stands there."""

import pytest
import torch
from seqrec_library_kernels.targets import drawn_negatives, select_targets

from seqrec_core.contracts import Labels

HIDDEN = torch.arange(2 * 3 * 2, dtype=torch.float).view(2, 3, 2)
LABELS = torch.tensor([[[4, 5], [6, 7], [8, 9]], [[1, 2], [3, 0], [2, 6]]])
MASK = torch.tensor([[[0, 0], [1, 1], [0, 1]], [[0, 0], [1, 0], [0, 0]]]).bool()


def with_feature(values):
    return Labels(LABELS, MASK, features={"w": values})


def test_positions_with_a_target_are_picked_in_order():
    targets = select_targets(HIDDEN, Labels(LABELS, MASK))
    assert targets.index.tolist() == [1, 2, 4]
    assert targets.shape == (2, 3)
    assert torch.equal(targets.hidden, HIDDEN.flatten(0, 1)[[1, 2, 4]])
    assert targets.mask.tolist() == [[True, True], [False, True], [True, False]]
    assert targets.weights is None


def test_a_label_that_does_not_count_repeats_one_that_does():
    padded = LABELS.masked_fill(~MASK, 10**9)
    assert select_targets(HIDDEN, Labels(padded, MASK)).labels.tolist() == [[6, 7], [9, 9], [3, 3]]


def test_the_ignore_index_counts_nowhere():
    targets = select_targets(HIDDEN, Labels(LABELS, MASK), ignore_index=3)
    assert targets.index.tolist() == [1, 2]
    assert select_targets(HIDDEN, Labels(LABELS, MASK), ignore_index=7).labels.tolist() == [
        [6, 6],
        [9, 9],
        [3, 3],
    ]


def test_no_targets_are_empty_tensors():
    targets = select_targets(HIDDEN, Labels(LABELS, torch.zeros_like(MASK)))
    assert targets.hidden.shape == (0, 2)
    assert targets.labels.shape == targets.mask.shape == (0, 2)


def test_values_are_picked_as_the_positions_are():
    targets = select_targets(HIDDEN, Labels(LABELS, MASK))
    assert targets.pick(torch.arange(6).view(2, 3)).tolist() == [1, 2, 4]
    assert torch.equal(targets.pick(HIDDEN), targets.hidden)


def test_weights_come_one_a_label_or_one_a_position():
    targets = select_targets(HIDDEN, Labels(LABELS, MASK))
    a_label = torch.arange(12.0).view(2, 3, 2)
    assert targets.weighted_by(with_feature(a_label), "w").weights.tolist() == [
        [2, 3],
        [4, 5],
        [8, 9],
    ]
    a_position = torch.arange(6.0).view(2, 3)
    for values in (a_position, a_position[..., None]):
        weighted = targets.weighted_by(with_feature(values), "w")
        assert weighted.weights.tolist() == [[1, 1], [2, 2], [4, 4]]
    assert targets.weights is None


@pytest.mark.parametrize("shape", [(2, 2), (2, 3, 3), (3, 2, 2)])
def test_weights_of_another_shape_are_refused(shape):
    targets = select_targets(HIDDEN, Labels(LABELS, MASK))
    with pytest.raises(ValueError, match=r"labels of shape \(2, 3, 2\) need that or \(2, 3\)"):
        targets.weighted_by(with_feature(torch.zeros(shape)), "w")


def test_shapes_that_disagree_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3, 2\) \(B, L, D\) need labels and a mask"):
        select_targets(HIDDEN, Labels(LABELS[:, :2], MASK[:, :2]))
    with pytest.raises(ValueError, match=r"got \(2, 3, 2\) and \(2, 3, 1\)"):
        select_targets(HIDDEN, Labels(LABELS, MASK[..., :1]))
    with pytest.raises(NotImplementedError, match="takes one positive a position"):
        select_targets(HIDDEN, Labels(LABELS, MASK), several=False)


def test_negatives_are_those_of_the_labels_and_their_absence_is_an_error():
    negatives = torch.arange(3)
    assert drawn_negatives(HIDDEN, Labels(LABELS, MASK, negatives)) is negatives
    with pytest.raises(ValueError, match="Linear needs negative_labels; add the transform"):
        drawn_negatives(torch.nn.Linear(1, 1), Labels(LABELS, MASK))


def test_weights_of_the_labels_come_first_and_none_are_an_error():
    targets = select_targets(HIDDEN, Labels(LABELS, MASK))
    own = Labels(LABELS, MASK, weights=torch.arange(6.0).view(2, 3), features={"w": 1})
    assert targets.weighted_by(own, "w").weights.tolist() == [[1, 1], [2, 2], [4, 4]]
    for labels in (Labels(LABELS, MASK), Labels(LABELS, MASK, features={"v": HIDDEN})):
        with pytest.raises(ValueError, match=r"no sample weights 'w' among the features \["):
            targets.weighted_by(labels, "w")
