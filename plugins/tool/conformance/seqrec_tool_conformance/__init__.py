"""Conformance suites, one a kind, that authors of plugins run on their own components."""

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
from seqrec_tool_conformance.suites import SUITES, conformance, suite_for
from seqrec_tool_conformance.trainers import TrainerConformance
from seqrec_tool_conformance.transforms import TransformConformance

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
