"""Checks of the parts of a model as torch modules: state, modes, dtypes, gradients."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from seqrec_tool_conformance.batches import seeded
from seqrec_tool_conformance.compare import assert_close, assert_same, converted, tensors
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.subject import SEED

__all__ = ["ModuleConformance", "projected"]


class ModuleConformance(GeneralConformance):
    """Checks that hold for everything a model is made of.

    `dtypes` are those that results take over from weights and inputs.
    """

    dtypes: ClassVar[tuple[torch.dtype, ...]] = (torch.float64, torch.bfloat16)

    def test_it_is_a_torch_module(self) -> None:
        module = self.subject.build()
        assert isinstance(module, nn.Module), (
            f"{type(module).__name__} is no torch.nn.Module; as part of a model its weights, "
            "device and mode would not follow the model's"
        )

    def test_it_builds_on_the_meta_device(self) -> None:
        module = self.subject.build(device="meta")
        held = [*module.named_parameters(), *module.named_buffers()]
        real = [name for name, tensor in held if tensor.device.type != "meta"]
        assert not real, f"{real} take memory on the meta device; make them without a fixed device"

    def test_its_state_moves_into_another_copy(self) -> None:
        module, other = self.build(), self.build(seed=SEED + 1)
        other.load_state_dict(module.state_dict())
        assert_same(
            self.run(other),
            self.run(module),
            "with the same state dict it computes differently; register what it keeps as "
            "parameters or buffers",
        )

    def test_evaluation_is_repeatable(self) -> None:
        module = self.build(dropout=True)
        first, second = self.run(module, seed=1), self.run(module, seed=2)
        assert_same(first, second, "in evaluation two calls differ; is dropout still active?")

    def test_training_equals_evaluation_without_dropout(self) -> None:
        evaluated, trained = self.build(), self.build().train()
        pairs = zip(tensors(self.run(trained)), tensors(self.run(evaluated)), strict=True)
        for one, other in pairs:
            assert_close(one, other, "without dropout, training and evaluation differ")

    def test_results_have_the_dtype_of_the_weights(self) -> None:
        for dtype in self.dtypes:
            module = self.build().to(dtype)
            for result in tensors(self.run(module, converted(self.inputs(), dtype))):
                assert result.dtype == dtype, f"given {dtype}, it returns {result.dtype}"

    def test_gradients_reach_every_parameter(self) -> None:
        module = self.build().train()
        trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        if trained:
            projected(self.run(module)).backward()
        for name, parameter in trained.items():
            assert parameter.grad is not None, f"no gradient reaches {name}; is it used at all?"
            gradient = parameter.grad.to_dense()
            assert gradient.isfinite().all(), f"the gradient of {name} is not finite"
            assert gradient.any(), f"the gradient of {name} is zero everywhere"


def projected(results: Any) -> Tensor:
    """A random sum of all results, in which each of their numbers counts."""
    draw = seeded()
    parts = [
        (result * torch.randn(result.shape, generator=draw).to(result)).sum()
        for result in tensors(results)
    ]
    return torch.stack(parts).sum()
