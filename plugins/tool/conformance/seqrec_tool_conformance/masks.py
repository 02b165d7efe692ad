"""Conformance of attention masks: 0 where a position is seen, -inf where it is hidden."""

from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import AttentionMaskProto
from seqrec_core.spec import MaskSpec
from seqrec_tool_conformance.batches import padding_mask
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["MaskConformance"]

HEADS = 2


class MaskConformance(GraphConformance):
    """Checks of masks (B*H, L, L), (B, H, L, L) or (B, 1, L, L)."""

    kind = "mask"
    contract = AttentionMaskProto
    place = "model.mask"
    dtypes = ()  # there are no weights; encoders take the mask in their own dtype

    def inputs(self) -> dict[str, Any]:
        """Features and a padding mask, with a row of padding alone."""
        real = padding_mask((6, 4, 0, 1))
        return {"feature_tensor": self.events(real), "padding_mask": real}

    def seen(self) -> Tensor:
        """Who sees whom, (B, H or 1, L, L), True where a query (row) sees a key (column)."""
        real = self.inputs()["padding_mask"]
        mask: Tensor = self.build()(**self.inputs())
        return mask.view(len(real), -1, *mask.shape[-2:]) == 0

    def test_the_mask_has_one_of_the_known_shapes(self) -> None:
        users, length = self.inputs()["padding_mask"].shape
        shape = tuple(self.build()(**self.inputs()).shape)
        pairs = (length, length)
        allowed = ((users * HEADS, *pairs), (users, HEADS, *pairs), (users, 1, *pairs))
        assert shape in allowed, f"the mask is {shape}; allowed are {allowed}"

    def test_the_mask_holds_zero_and_minus_infinity(self) -> None:
        mask = self.build()(**self.inputs())
        assert mask.is_floating_point(), f"the mask is {mask.dtype}; it is added to scores"
        known = (mask == 0) | (mask == -torch.inf)
        assert known.all(), "the mask holds other values than 0 (seen) and -inf (hidden)"

    def test_the_future_is_hidden_exactly_where_its_spec_says_so(self) -> None:
        future = torch.ones(self.seen().shape[-2:], dtype=torch.bool).triu(1)
        leaks = (self.seen() & future).nonzero().tolist()
        spec = self.subject.spec
        assert isinstance(spec, MaskSpec)
        if not spec.is_causal():
            assert leaks, "no position sees a later one; let is_causal of its spec return True"
        elif leaks:
            raise AssertionError(
                f"position {leaks[0][-2]} sees position {leaks[0][-1]}, which comes later; hide it "
                "or let is_causal of its spec return False"
            )

    def test_padding_is_hidden_from_other_positions(self) -> None:
        real = self.inputs()["padding_mask"]
        other = ~torch.eye(real.size(1), dtype=torch.bool)
        seen_padding = self.seen() & ~real[:, None, None, :] & other
        assert not seen_padding.any(), "padding is seen by another position"

    def test_every_real_event_of_the_past_is_seen(self) -> None:
        real = self.inputs()["padding_mask"]
        past = torch.ones(real.size(1), real.size(1), dtype=torch.bool).tril()
        past_events = real[:, None, None, :] & real[:, None, :, None] & past
        assert (self.seen() | ~past_events).all(), "a real event is hidden from a later one"

    def test_no_row_is_hidden_from_everything(self) -> None:
        assert self.seen().any(-1).all(), (
            "a row is -inf everywhere, so its softmax is NaN; leave the diagonal open"
        )

    def test_more_padding_leaves_the_mask_of_real_events(self) -> None:
        short, long = padding_mask((6, 4)), padding_mask((6, 4), padding=2)
        mask = self.build()
        one = mask(self.events(short), short).view(2, -1, 6, 6)
        other = mask(self.events(long), long).view(2, -1, 8, 8)[..., 2:, 2:]
        same = (one == other)[1, :, 2:, 2:].all() and (one == other)[0].all()
        assert same, "two more positions of padding change what real events see"
