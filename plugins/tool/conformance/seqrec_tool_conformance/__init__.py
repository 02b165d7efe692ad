"""Conformance suites, one a kind, that authors of plugins run on their own components."""

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
from seqrec_core.testing.suites import SUITES, conformance, suite_for
from seqrec_core.testing.trainers import TrainerConformance
from seqrec_core.testing.transforms import TransformConformance

__all__ = [
    "SUITES",
    "AggregatorConformance",
    "CallbackConformance",
    "Conformance",
    "ContextMergerConformance",
    "DataModuleConformance",
    "EmbedderConformance",
    "EncoderConformance",
    "HeadConformance",
    "ItemEncoderConformance",
    "LossConformance",
    "MaskConformance",
    "ModelConformance",
    "NormConformance",
    "OptimizerConformance",
    "PostprocessorConformance",
    "ReaderConformance",
    "SchedulerConformance",
    "TrainerConformance",
    "TransformConformance",
    "conformance",
    "suite_for",
]
