"""Whether the metric that was to choose the best weights did choose."""

import re

import pytest
from seqrec_tool_run.monitor_doubt import doubt_of

from seqrec_core.contracts import Outcome
from seqrec_core.spec import TrainerSpec, spec

NAN = float("nan")


@spec
class Watching(TrainerSpec):
    """A trainer that looks at one metric."""

    target = "nowhere:nothing"

    def monitored(self):
        """That metric."""
        return "ndcg@10"


@pytest.mark.parametrize(
    ("values", "best", "words"),
    [
        ([0.0, 0.0, 0.0], True, "ndcg@10 was 0.0000 in all 3 validations.*those of the first"),
        ([NAN, NAN, NAN], False, "not a number in 3 of 3 validations: .*those of the last"),
        ([0.1, NAN, 0.1], True, "not a number in 1 of 3 validations$"),
        ([0.1, 0.2, 0.1], True, "^$"),
        ([0.1], True, "^$"),
    ],
)
def test_a_monitor_that_chooses_nothing_leaves_doubt(values, best, words):
    rows = [{"epoch": 1.0 + number, "ndcg@10": x} for number, x in enumerate(values)]
    said = doubt_of(Watching(), Outcome(rows, rows[0] if best else None))
    assert re.search(words, said)
