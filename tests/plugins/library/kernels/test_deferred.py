"""Logits that are computed when somebody reads them, and not before."""

import torch
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.scorer import ItemScorer


class CountingHead:
    def is_dot_product(self):
        return True

    def __init__(self):
        self.calls = 0

    def __call__(self, hidden, items):
        self.calls += 1
        return hidden @ items.T


def test_logits_are_computed_at_most_once_and_only_for_who_reads_them():
    head, hidden, items = CountingHead(), torch.randn(3, 4), torch.randn(7, 4)
    outputs = DeferredLogits(hidden, ItemScorer(head, lambda ids=None: items))
    assert len(outputs) == 2
    assert list(outputs) == ["logits", "hidden_states"]
    assert outputs["hidden_states"] == ()
    assert outputs.hidden is hidden
    assert head.calls == 0
    assert torch.equal(outputs["logits"], hidden @ items.T)
    assert outputs["logits"] is dict(outputs)["logits"]
    assert head.calls == 1
    assert outputs.get("loss") is None
