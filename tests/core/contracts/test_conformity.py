"""An object is asked for what a Protocol names, whether its class or the object itself has it."""

from typing import Protocol

from torch import nn

from seqrec_core.contracts import EmbedderProto, MetricProto, NormalizerProto
from seqrec_core.contracts.conformity import missing_members


def test_nothing_is_missing_of_what_fits():
    assert missing_members(nn.LayerNorm(2), NormalizerProto) == []


def test_methods_and_properties_that_are_missing_are_named():
    class Half:
        embeddings_dim = {}

        get_item_weights = None

        def forward(self):
            """Is there."""

    assert missing_members(Half(), EmbedderProto) == ["__call__", "get_item_weights"]


def test_members_of_inherited_protocols_count():
    class Named(MetricProto, Protocol):
        def name(self) -> str:
            """Its name."""

    assert missing_members(object(), Named) == ["compute", "merge", "name", "reset", "update"]


def test_what_an_object_gets_from_another_counts():
    class Wrapper:
        def __getattr__(self, name):
            return print

    assert missing_members(Wrapper(), MetricProto) == []
