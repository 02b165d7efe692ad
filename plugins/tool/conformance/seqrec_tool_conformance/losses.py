"""Conformance of losses.

Letters in shapes: B users, L positions, D dim, N negatives, P positives, V items.
"""

from typing import Any

import attrs
import torch

from seqrec_core.spec import LossSpec
from seqrec_tool_conformance.batches import ITEM, LENGTHS, V, mixed, padding_mask, seeded
from seqrec_tool_conformance.compare import assert_close, converted
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.loss_outcomes import LossOutcomes, assert_alike
from seqrec_tool_conformance.memory import LargestTensor
from seqrec_tool_conformance.scorers import CurvedHead, DotHead, SilentHead

__all__ = ["LossConformance"]

EVENTS = ("hidden_states", "positive_labels", "target_padding_mask", "feature_tensors")


class LossConformance(LossOutcomes):
    """Checks of hidden states and labels to a scalar, with a scorer for the items."""

    def test_the_spec_says_whether_negatives_are_needed(self) -> None:
        name, inputs = self.subject.cls.__name__, self.inputs()
        actual = self.answer({**inputs, "negative_labels": None}, "negatives")
        if actual is None:
            assert self.needs_negatives, (
                f"it raises ValueError without negatives; let {name} say needs_negatives = True, "
                "so that pipelines draw some"
            )
            return
        assert not self.needs_negatives, (
            f"{name} says needs_negatives, but it computes without any; raise a ValueError then"
        )
        expected = self.run(self.build(), inputs)
        assert_close(actual, expected, "it needs no negatives, but they change the loss")

    @since("2.2")
    def test_the_spec_says_whether_it_corrects_for_draws(self) -> None:
        spec, inputs = self.subject.spec, self.inputs()
        assert isinstance(spec, LossSpec)
        actual = self.answer({**inputs, "logq": False}, "negative_logq")
        if actual is None:
            assert spec.needs_logq(), (
                "it raises ValueError without negative_logq; let needs_logq() of its spec say so, "
                "so that pipelines add it"
            )
            return
        assert not spec.needs_logq(), (
            "needs_logq() of its spec is true, but it computes without; raise a ValueError then"
        )
        expected = self.run(self.build(), inputs)
        assert_close(actual, expected, "needs_logq() is false, but negative_logq changes the loss")

    def test_the_loss_is_a_finite_scalar_with_gradients(self) -> None:
        for scale in (1.0, 1e4):
            inputs = self.inputs()
            inputs["hidden_states"] *= scale
            actual = self.outcome(inputs)
            assert actual.loss.shape == (), f"the loss is {tuple(actual.loss.shape)}, no scalar"
            finite = all(tensor.isfinite().all() for tensor in actual)
            assert finite, f"loss or gradients are not finite for scores times {scale:g}"
            assert scale > 1 or actual.hidden.any(), "no gradient reaches the hidden states"

    def test_bfloat16_gives_a_finite_loss(self) -> None:
        actual = self.outcome(converted(self.inputs(), torch.bfloat16))
        assert all(tensor.isfinite().all() for tensor in actual), "in bfloat16 it is not finite"

    def test_what_padding_holds_does_not_matter(self) -> None:
        real, inputs = padding_mask(), self.inputs()
        expected = self.outcome(inputs)
        other = self.batch(torch.ones_like(real), seed=5)
        events = {name: inputs[name] for name in EVENTS}
        for label in (None, 0, V, -100):
            if label is not None:
                other["positive_labels"] = torch.full_like(other["positive_labels"], label)
            junk = {**mixed(events, other, ~real), "target_padding_mask": real[..., None]}
            actual = self.outcome({**inputs, **junk})
            assert_alike(actual, expected, "what stands where target_padding_mask is False changes")

    def test_how_much_padding_there_is_does_not_matter(self) -> None:
        expected = self.outcome(self.inputs())
        for padding in (1, 3):
            actual = self.outcome(self.batch(padding_mask(padding=padding)))
            actual = actual._replace(hidden=actual.hidden[:, padding:])
            what = f"{padding} more positions of padding change"
            assert_alike(actual, expected, what + " (the mean is over targets, not over B * L)")

    def test_a_user_without_targets_does_not_matter(self) -> None:
        inputs = self.inputs()
        inputs["target_padding_mask"][-1] = False
        actual, expected = self.outcome(inputs), self.outcome(_users(inputs, [0, 1, 2]))
        assert_alike(actual._replace(hidden=actual.hidden[:3]), expected, "such a user changes")

    def test_without_any_target_loss_and_gradients_are_zero(self) -> None:
        inputs = self.inputs()
        inputs["target_padding_mask"] = torch.zeros_like(inputs["target_padding_mask"])
        for name, tensor in self.outcome(inputs)._asdict().items():
            assert not tensor.any(), (
                f"with every target masked, {name} is {tensor.sum()}, not 0; divide by at least 1"
            )

    def test_the_order_of_users_does_not_matter(self) -> None:
        inputs, order = self.inputs(), [2, 0, 3, 1]
        actual, expected = self.outcome(_users(inputs, order)), self.outcome(inputs)
        expected = expected._replace(hidden=expected.hidden[order])
        assert_alike(actual, expected, "the order of users changes")

    def test_the_order_of_positives_does_not_matter(self) -> None:
        inputs = _with_two_positives(self.inputs())
        try:
            expected = self.outcome(inputs)
        except NotImplementedError:  # one positive a position, and it says so
            return
        turned = {name: inputs[name].flip(-1) for name in EVENTS[1:3]}
        assert_alike(self.outcome({**inputs, **turned}), expected, "turning positives changes")

    def test_gradients_agree_with_finite_differences(self) -> None:
        self._check_gradients(DotHead())

    def _check_gradients(self, head: DotHead) -> None:
        """The slope of the loss along a random line agrees with its gradients."""
        inputs, draw = converted(self.inputs(), torch.float64), seeded(9)
        actual = self.outcome(inputs, head)
        steps = {
            "hidden_states": torch.randn(actual.hidden.shape, generator=draw).double(),
            "item_table": torch.randn(actual.items.shape, generator=draw).double(),
        }
        ends = [
            self.outcome(inputs | {name: inputs[name] + e * d for name, d in steps.items()}, head)
            for e in (1e-6, -1e-6)
        ]
        slope = (ends[0].loss - ends[1].loss) / 2e-6
        predicted = (actual.hidden * steps["hidden_states"]).sum()
        predicted += (actual.items * steps["item_table"]).sum()
        what = f"gradients differ from finite differences with a {type(head).__name__}"
        assert_close(predicted, slope, what)

    def test_the_head_decides_the_scores(self) -> None:
        head = SilentHead()
        actual, expected = self.outcome(self.inputs(), head), self.outcome(self.inputs())
        assert_alike(actual, expected, "calling the head, not the item table, changes")
        curved = self.outcome(self.inputs(), CurvedHead())
        assert not torch.equal(curved.loss, expected.loss), (
            "the loss takes dot products although scorer.is_dot_product is False; call the scorer"
        )
        self._check_gradients(CurvedHead())

    def test_item_ids_need_not_be_columns(self) -> None:
        inputs = self.inputs()
        ids = {name: inputs[name] % (V - 1) for name in ("positive_labels", "negative_labels")}
        expected = self.outcome({**inputs, **ids})
        moved = {name: tensor + 1 for name, tensor in ids.items()}  # as padding is item 0 now
        columns, table = inputs["feature_tensors"], inputs["item_table"].roll(1, 0)
        columns = {**columns, ITEM: (columns[ITEM] + 1) % (V + 1)}
        moved |= {"feature_tensors": columns, "item_table": table}
        actual = self.outcome({**inputs, **moved}, padding_value=0)
        actual = actual._replace(items=actual.items.roll(-1, 0))
        assert_alike(actual, expected, "with 0 as the id of padding, not V, the same items change")

    def test_no_tensor_holds_all_scores(self) -> None:
        items, real = 16_000, torch.ones(32, 32, dtype=torch.bool)
        subject = attrs.evolve(self.subject, items=items)
        module, inputs = subject.build().train(), self.batch(real, items=items)
        inputs["hidden_states"].requires_grad_()
        with torch.random.fork_rng(devices=[]), LargestTensor() as largest:
            self.call(module, inputs).backward()
        share = largest.elements / (real.numel() * items)
        assert share < 0.5, (
            f"a tensor has {share:.0%} of the elements of (B, L, V); go through the catalogue in "
            "chunks of positions, in backward too"
        )

    def test_negatives_of_every_shape_give_the_same(self) -> None:
        if not self.needs_negatives:
            return
        inputs, (users, length) = self.inputs(), padding_mask().shape
        drawn, expected = inputs["negative_labels"], self.outcome(inputs)
        for letters, shape in (("(B, N)", (users, -1)), ("(B, L, N)", (users, length, -1))):
            actual = self.outcome({**inputs, "negative_labels": drawn.expand(*shape).contiguous()})
            assert_alike(actual, expected, f"negatives repeated as {letters} change")

    def test_ignored_negatives_do_not_matter(self) -> None:
        settings = attrs.asdict(self.subject.spec, recurse=False)
        ignored = settings.get("negative_labels_ignore_index")
        if ignored is None or not self.needs_negatives:
            return
        inputs = self.inputs()
        expected = self.outcome(inputs)
        padded = torch.cat([inputs["negative_labels"], torch.tensor([ignored, ignored])])
        actual = self.outcome({**inputs, "negative_labels": padded})
        assert_alike(actual, expected, "negatives that are negative_labels_ignore_index change")


def _users(inputs: dict[str, Any], order: list[int]) -> dict[str, Any]:
    """The inputs of some users, in this order."""
    events = {name: inputs[name][order] for name in EVENTS[:3]}
    by_name = {name: tensor[order] for name, tensor in inputs["feature_tensors"].items()}
    return {**inputs, **events, "feature_tensors": by_name}


def _with_two_positives(inputs: dict[str, Any]) -> dict[str, Any]:
    """A second positive for the first two users, and none beside it for the others."""
    labels, mask = inputs["positive_labels"], inputs["target_padding_mask"]
    second = mask.clone()
    second[len(LENGTHS) // 2 :] = False
    return {
        **inputs,
        "positive_labels": torch.cat([labels, (labels + 1) % V], -1),
        "target_padding_mask": torch.cat([mask, second], -1),
    }
