"""Transforms one after the other, be they modules or not."""

import pytest
import torch
from seqrec_datamodule_parquet.transform_chain import TransformChain
from torch import nn

from seqrec_core.contracts import DrawsNumbers, ShortensSequences


class Taking(nn.Module):
    def __init__(self, events):
        super().__init__()
        self.events = events

    def events_taken(self):
        return self.events

    def forward(self, batch):
        return {**batch, "steps": [*batch.get("steps", ()), self.events]}


class Drawing:
    """No module."""

    def __init__(self, *generators):
        self.drawn_from = generators

    def generators(self):
        return self.drawn_from

    def __call__(self, batch):
        return {**batch, "steps": [*batch.get("steps", ()), "drawn"]}


def test_callables_and_modules_follow_each_other_and_change_no_batch():
    batch = {"item_id": 1}
    chain = TransformChain([Taking(2), lambda batch: {**batch, "item_id": 7}, Drawing()])
    assert chain(batch) == {"item_id": 7, "steps": [2, "drawn"]}
    assert batch == {"item_id": 1}
    assert len(chain) == len(list(chain)) == 3
    assert TransformChain(())(batch) == batch


def test_events_are_taken_by_the_transform_that_takes_most():
    assert TransformChain([Drawing(), Taking(1), Taking(3), nn.Identity()]).events_taken() == 3
    assert TransformChain([nn.Identity()]).events_taken() == 0


def test_generators_come_in_order_and_from_modules_of_modules_too():
    class Wrapped(nn.Module, Drawing):
        def __init__(self, *generators):
            nn.Module.__init__(self)
            Drawing.__init__(self, *generators)

    one, two, three = (torch.Generator() for _ in range(3))
    inner = nn.Sequential(Taking(4), Wrapped(two))
    chain = TransformChain([Drawing(one), inner, Drawing(), Drawing(three, one)])
    assert [id(each) for each in chain.generators()] == [id(x) for x in (one, two, three, one)]
    assert chain.events_taken() == 4
    assert isinstance(chain, DrawsNumbers)
    assert isinstance(chain, ShortensSequences)


def test_what_cannot_be_called_is_no_transform():
    with pytest.raises(TypeError, match="transform 1 is 'trim'; give a module, or"):
        TransformChain([Taking(1), "trim"])
