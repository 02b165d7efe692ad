"""What seqrec asks of every mask, transform and model."""

import torch
from seqrec_tool_conformance import ModelConformance, TransformConformance, conformance

TestBothWays = conformance("mask", "acme-bert:both_ways")


class TestGaps(TransformConformance):
    component = "acme-bert:gaps"
    splits = ("train",)


class TestBert(ModelConformance):
    component = "acme-bert:bert"
    exceptions = {
        "test_training_equals_evaluation_without_dropout": "training hides events of the sequence, "
        "evaluation asks for one behind it"
    }

    def arguments(self, inputs):
        """The labels of every other event: what is a label is hidden, and some are to be seen."""
        positional, named = super().arguments(inputs)
        if "target_padding_mask" in named:
            mask = named["target_padding_mask"]
            is_every_other = torch.arange(mask.size(1)).flip(0) % 2 == 0  # (L,), from the end
            named["target_padding_mask"] = mask & is_every_other[:, None]
        return positional, named
