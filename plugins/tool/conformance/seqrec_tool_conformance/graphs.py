"""Checks that a part of a model can be compiled and exported."""

import warnings
from collections.abc import Callable
from typing import Any

import torch

from seqrec_tool_conformance.compare import assert_close, tensors
from seqrec_tool_conformance.modules import ModuleConformance

__all__ = ["GraphConformance", "quietly"]


class GraphConformance(ModuleConformance):
    """Checks for parts that inference runs."""

    def test_torch_compile(self) -> None:
        module = self.build()
        compiled = torch.compile(module, fullgraph=True, backend="eager")
        self._compare(lambda: compiled, module, "torch.compile(fullgraph=True)")

    def test_torch_export(self) -> None:
        module = self.build()
        arguments = self.arguments(self.inputs())
        self._compare(
            lambda: torch.export.export(module, *arguments).module(), module, "torch.export"
        )

    def _compare(self, translate: Callable[[], Callable[..., Any]], module: Any, what: str) -> None:
        positional, named = self.arguments(self.inputs())
        results = quietly(lambda: translate()(*positional, **named), what)
        for one, other in zip(tensors(results), tensors(module(*positional, **named)), strict=True):
            assert_close(one, other, f"{what} changes the result")


def quietly(make: Callable[[], Any], what: str) -> Any:
    """What `make` returns, torch's own warnings aside; a failure says what failed."""
    torch.compiler.reset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make()
    except Exception as cause:
        first = str(cause).strip().split("\n")[0]
        raise AssertionError(f"{what} fails: {type(cause).__name__}: {first}") from cause
