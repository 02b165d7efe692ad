"""Checks of everything that turns a padded sequence of events into hidden states.

Letters in shapes: B users, L positions, D dim. Padding masks are True at real events.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from seqrec_tool_conformance.batches import mixed, padding_mask
from seqrec_tool_conformance.compare import assert_close, tensors
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["SequenceConformance"]

_TOLERANCE = 1e-4


class SequenceConformance(GraphConformance):
    """Checks of hidden states: a suite says what states are made of, and how."""

    @property
    def is_causal(self) -> bool:
        """Whether no state depends on later events; False says that some does."""
        return True

    def sequence(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Tensors (B, L, ...) for a padding mask (B, L), the same whatever padding precedes."""
        return self.events(real, seed)

    def states(self, component: Any, sequence: dict[str, Tensor], real: Tensor) -> Tensor:
        """Hidden states (B, L, D)."""
        raise NotImplementedError

    def _in_both_modes(
        self, component: Any, sequence: dict[str, Tensor], real: Tensor
    ) -> list[Tensor]:
        """States in evaluation and in training."""
        with torch.no_grad():
            return [self.states(component.train(mode), sequence, real) for mode in (False, True)]

    def test_it_is_causal_exactly_where_its_spec_says_so(self) -> None:
        component = self.build()
        leaks = [leak for padding in (0, 2) for leak in self._leaks(component, padding)]
        if not self.is_causal:
            assert leaks, "no event changes an earlier state; let is_causal of its spec return True"
        elif leaks:
            raise AssertionError(f"{leaks[0]}, or let is_causal of its spec return False")

    def _leaks(self, component: Any, padding: int) -> Iterator[str]:
        """What is wrong with each place whose change is seen at an earlier position."""
        real = padding_mask((6,), padding)
        sequence, other = self.sequence(real), self.sequence(real, seed=1)
        before = self._in_both_modes(component, sequence, real)
        for place in range(padding, real.size(1)):
            here = torch.arange(real.size(1))[None] == place
            after = self._in_both_modes(component, mixed(sequence, other, here), real)
            for one, two in zip(before, after, strict=True):
                yield from _changed_past(one[0], two[0], place, padding)

    def test_padding_does_not_change_hidden_states(self) -> None:
        component, real = self.build(), padding_mask()
        expected = self._in_both_modes(component, self.sequence(real), real)
        for padding in (1, 2):
            longer = padding_mask(padding=padding)
            actual = self._in_both_modes(component, self.sequence(longer), longer)
            what = (
                f"{padding} more positions of padding change hidden states of real events: count "
                "positions from the end, and mask padding"
            )
            for one, other in zip(actual, expected, strict=True):
                assert_close(one[longer], other[real], what)

    def test_what_padding_holds_does_not_matter(self) -> None:
        component, real = self.build(), padding_mask()
        events, junk = self.sequence(real), self.sequence(torch.ones_like(real), seed=1)
        expected = self._in_both_modes(component, events, real)
        actual = self._in_both_modes(component, mixed(events, junk, ~real), real)
        for one, other in zip(actual, expected, strict=True):
            what = "values in positions of padding reach hidden states of real events"
            assert_close(one[real], other[real], what)

    def test_users_do_not_see_each_other(self) -> None:
        component, real = self.build(), padding_mask()
        events, other = self.sequence(real), self.sequence(real, seed=1)
        others = torch.ones_like(real)
        others[0] = False
        before = self._in_both_modes(component, events, real)
        after = self._in_both_modes(component, mixed(events, other, others), real)
        for one, two in zip(before, after, strict=True):
            assert_close(two[0], one[0], "other users in the batch change a user's states")

    def test_rows_of_padding_alone_are_finite(self) -> None:
        real = padding_mask((6, 0, 2))
        for training in (False, True):
            component, events = self.build(dropout=True).train(training), self.sequence(real)
            inputs = [*component.parameters(), *(t.requires_grad_() for t in tensors(events))]
            states = self.states(component, events, real)
            assert states.isfinite().all(), (
                "a row of padding alone gives NaN or infinity; leave the diagonal of the attention "
                "mask open, and divide by no count that may be zero"
            )
            states.sum().backward()
            gradients = [tensor.grad.to_dense() for tensor in inputs if tensor.grad is not None]
            finite = all(gradient.isfinite().all() for gradient in gradients)
            assert finite, "a row of padding alone gives gradients of NaN or infinity"

    def test_every_event_has_a_hidden_state(self) -> None:
        real = padding_mask()
        shape = tuple(self.states(self.build(), self.sequence(real), real).shape)
        assert shape[:-1] == tuple(real.shape), f"hidden states are {shape}, not (B, L, D)"

    def test_training_equals_evaluation_without_dropout(self) -> None:
        component, real = self.build(), padding_mask()
        evaluated, trained = self._in_both_modes(component, self.sequence(real), real)
        assert_close(trained, evaluated, "without dropout, training and evaluation differ")


def _changed_past(before: Tensor, after: Tensor, place: int, padding: int) -> Iterator[str]:
    """The first of the states (L, D) before a changed place that differs, if one does."""
    differs = ((after - before).abs() > _TOLERANCE).any(-1)
    leaks = differs[:place].nonzero().flatten().tolist()
    if leaks:
        where = f"position {leaks[0]}"
        if leaks[0] < padding:
            where += " (padding, but the context of the first event in training)"
        yield f"{where} changed when event {place} changed: it sees the future; hide it"
