"""Which suite tests which component."""

from collections.abc import Mapping
from typing import Any

from seqrec_core.session import registry
from seqrec_core.spec import EncoderSpec, Spec
from seqrec_tool_conformance.aggregators import AggregatorConformance
from seqrec_tool_conformance.callbacks import CallbackConformance
from seqrec_tool_conformance.datamodules import DataModuleConformance
from seqrec_tool_conformance.embedders import EmbedderConformance
from seqrec_tool_conformance.encoders import EncoderConformance, ItemEncoderConformance
from seqrec_tool_conformance.heads import HeadConformance
from seqrec_tool_conformance.losses import LossConformance
from seqrec_tool_conformance.masks import MaskConformance
from seqrec_tool_conformance.mergers import ContextMergerConformance
from seqrec_tool_conformance.models import ModelConformance
from seqrec_tool_conformance.norms import NormConformance
from seqrec_tool_conformance.optimizers import OptimizerConformance
from seqrec_tool_conformance.postprocessors import PostprocessorConformance
from seqrec_tool_conformance.readers import ReaderConformance
from seqrec_tool_conformance.schedulers import SchedulerConformance
from seqrec_tool_conformance.suite import Conformance
from seqrec_tool_conformance.trainers import TrainerConformance
from seqrec_tool_conformance.transforms import TransformConformance

__all__ = ["SUITES", "conformance", "suite_for"]

SUITES: dict[str, type[Conformance]] = {
    suite.kind: suite
    for suite in (
        AggregatorConformance,
        CallbackConformance,
        ContextMergerConformance,
        DataModuleConformance,
        EmbedderConformance,
        EncoderConformance,
        HeadConformance,
        LossConformance,
        MaskConformance,
        ModelConformance,
        NormConformance,
        OptimizerConformance,
        PostprocessorConformance,
        ReaderConformance,
        SchedulerConformance,
        TrainerConformance,
        TransformConformance,
    )
}


def suite_for(cls: type[Spec]) -> type[Conformance]:
    """The suite for components of a spec class: that of its kind and, for encoders, its tower."""
    if issubclass(cls, EncoderSpec) and "query" not in cls.serves:
        return ItemEncoderConformance
    return SUITES[cls.kind]


def conformance(
    kind: str,
    component: str,
    *,
    settings: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    exceptions: Mapping[str, str] | None = None,
) -> type[Conformance]:
    """Makes the suite of an installed component in one line; arguments as in `Conformance`.

    Raises RegistryError for a component that is not installed.
    """
    suite = suite_for(registry[kind, component].spec)
    body = {
        "component": component,
        "settings": settings or {},
        "extra": extra or {},
        "exceptions": exceptions or {},
        "__doc__": f"Conformance of the {kind} {component}.",
    }
    name = f"Test{component.rpartition(':')[2].title().replace('_', '')}"
    return type(name, (suite,), body)
