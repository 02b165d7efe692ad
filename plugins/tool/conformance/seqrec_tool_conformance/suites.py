"""Which suite tests which component."""

from collections.abc import Mapping
from typing import Any

from seqrec_core.registry import registry
from seqrec_core.spec import EncoderSpec, Spec
from seqrec_core.testing.aggregators import AggregatorConformance
from seqrec_core.testing.callbacks import CallbackConformance
from seqrec_core.testing.datamodules import DataModuleConformance
from seqrec_core.testing.embedders import EmbedderConformance
from seqrec_core.testing.encoders import EncoderConformance, ItemEncoderConformance
from seqrec_core.testing.heads import HeadConformance
from seqrec_core.testing.losses import LossConformance
from seqrec_core.testing.masks import MaskConformance
from seqrec_core.testing.mergers import ContextMergerConformance
from seqrec_core.testing.models import ModelConformance
from seqrec_core.testing.norms import NormConformance
from seqrec_core.testing.optimizers import OptimizerConformance, SchedulerConformance
from seqrec_core.testing.postprocessors import PostprocessorConformance
from seqrec_core.testing.readers import ReaderConformance
from seqrec_core.testing.suite import Conformance
from seqrec_core.testing.trainers import TrainerConformance
from seqrec_core.testing.transforms import TransformConformance

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
