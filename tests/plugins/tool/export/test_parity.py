"""How far two rankings are apart."""

import numpy as np
import pytest
import torch
from seqrec_tool_export.parity import Bundled, difference
from seqrec_tool_recommend.event_histories import History
from untrained_bundle import written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError


def ranking(items, scores):
    return np.array([items]), np.array([scores], np.float32)


BUNDLED = ranking([3, 1, 2, -1], [4.0, 2.0, 2.0, -np.inf])


@pytest.mark.parametrize(
    ("items", "scores", "expected"),
    [
        ([3, 1, 2, -1], [4.0, 2.0, 2.0, -np.inf], 0),
        ([3, 2, 1, -1], [4.0, 2.0, 2.0, -np.inf], 0),  # a tie
        ([3, 7, 1, -1], [4.0, 2.0, 2.0, -np.inf], 0),  # a tie at the last place
        ([1, 3, 2, -1], [4.0, 2.0, 2.0, -np.inf], np.inf),
        ([7, 1, 2, -1], [4.0, 2.0, 2.0, -np.inf], np.inf),
        ([3, 1, 2, 0], [4.0, 2.0, 2.0, 1.0], np.inf),
        ([3, 1, 2, -1], [4.0, 2.0, 1.0, -np.inf], 0.25),
        ([3, 1, 2, -1], [4.0, 2.0, np.nan, -np.inf], np.inf),
    ],
)
def test_ties_may_be_in_any_order_and_nothing_else(items, scores, expected):
    assert difference(ranking(items, scores), BUNDLED) == pytest.approx(expected)


def test_a_bundle_whose_scores_are_no_numbers_is_refused(tmp_path, monkeypatch):
    bundle = Bundle.load(written(tmp_path))
    serving = bundle.serving()
    with torch.no_grad():
        for parameter in serving.model.body.encoder.parameters():
            parameter.fill_(torch.nan)
    monkeypatch.setattr(Bundle, "serving", lambda _: serving)
    with pytest.raises(DataError, match="not finite"):
        Bundled(bundle, keep_seen=False).best([History([1, 2])], 3)
