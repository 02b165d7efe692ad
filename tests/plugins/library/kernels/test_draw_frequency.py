"""How often an item is drawn: what a loss takes of it, and what is missing."""

import pytest
import torch
from seqrec_library_kernels.draw_frequency import DrawLogs, draw_logs, log_frequency_of

from seqrec_core.contracts import Labels

ITEMS = torch.tensor([[[3], [1]]])
LABELS = Labels(ITEMS, ITEMS > 0, negatives=torch.tensor([4, 2, 2]))
TOLD = LABELS._replace(
    negative_logq=torch.tensor([-1.0, -2.0, -2.0]),
    positive_logq=torch.tensor([[[-3.0], [-torch.inf]]]),
)


class Loss:
    pass


def test_a_loss_takes_what_it_corrects_by_and_nothing_else():
    assert draw_logs(Loss(), LABELS, "none") == DrawLogs(None, None)
    assert draw_logs(Loss(), TOLD, "none") == DrawLogs(None, None)
    negatives, positives = draw_logs(Loss(), TOLD, "negatives")
    assert negatives is TOLD.negative_logq
    assert positives is None


def test_a_positive_that_is_never_drawn_stays_finite():
    _, positives = draw_logs(Loss(), TOLD, "both")
    assert positives.flatten().tolist() == [-3, -87]


@pytest.mark.parametrize(
    ("labels", "logq", "message"),
    [
        (TOLD, "all", "logq is 'all'; choose 'none', 'negatives' or 'both'"),
        (LABELS, "negatives", "Loss with logq 'negatives' needs negative_logq; give the transform"),
        (TOLD._replace(positive_logq=None), "both", "needs positive_logq; .* such as popularity"),
        (
            TOLD._replace(negative_logq=torch.zeros(1, 3)),
            "both",
            r"negative_logq has shape \(1, 3\), and its items \(3,\); give one number an item",
        ),
        (TOLD._replace(positive_logq=torch.zeros(1, 2)), "both", r"positive_logq has shape \(1, 2"),
    ],
)
def test_what_is_missing_is_said_with_the_remedy(labels, logq, message):
    with pytest.raises(ValueError, match=message):
        draw_logs(Loss(), labels, logq)


def test_ids_that_are_no_items_have_none():
    table = torch.tensor([-1.0, -2.0, -3.0])
    items = torch.tensor([[2, 3], [-100, 0]])
    assert log_frequency_of(table, items).tolist() == [[-3, 0], [0, -1]]
    assert log_frequency_of(table, items, 5.0).tolist() == [[2, 0], [0, 4]]
