"""Conformance of trainers."""

from typing import Any

from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["TrainerConformance"]


class TrainerConformance(GeneralConformance):
    """The general checks: how a trainer runs is between it and its own commands."""

    kind = "trainer"

    def inputs(self) -> dict[str, Any]:
        """None."""
        return {}

    def call(self, component: Any, inputs: dict[str, Any]) -> Any:
        """Nothing to compare: a run is no function of its inputs."""
        return None
