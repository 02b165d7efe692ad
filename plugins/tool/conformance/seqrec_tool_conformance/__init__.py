"""Conformance suites, one a kind, that authors of plugins run on their own components."""

from seqrec_tool_conformance.aggregators import AggregatorConformance
from seqrec_tool_conformance.callbacks import CallbackConformance, OtherCallbackConformance
from seqrec_tool_conformance.datamodules import DataModuleConformance
from seqrec_tool_conformance.drawing import DrawingConformance
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.embedders import EmbedderConformance
from seqrec_tool_conformance.encoders import EncoderConformance, ItemEncoderConformance
from seqrec_tool_conformance.fresh_process import assert_served_in_a_fresh_process
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.graphs import GraphConformance
from seqrec_tool_conformance.heads import HeadConformance
from seqrec_tool_conformance.losses import LossConformance
from seqrec_tool_conformance.masks import MaskConformance
from seqrec_tool_conformance.mergers import ContextMergerConformance
from seqrec_tool_conformance.models import ModelConformance
from seqrec_tool_conformance.modules import ModuleConformance
from seqrec_tool_conformance.neutral_metrics import MetricConformance
from seqrec_tool_conformance.norms import NormConformance
from seqrec_tool_conformance.optimizers import OptimizerConformance
from seqrec_tool_conformance.postprocessors import PostprocessorConformance
from seqrec_tool_conformance.readers import ReaderConformance
from seqrec_tool_conformance.samplers import SamplerConformance
from seqrec_tool_conformance.schedulers import SchedulerConformance
from seqrec_tool_conformance.suite import Conformance
from seqrec_tool_conformance.suites import conformance, suite_for, suite_of_kind
from seqrec_tool_conformance.trackers import TrackerConformance
from seqrec_tool_conformance.trainers import TrainerConformance
from seqrec_tool_conformance.transforms import TransformConformance

__all__ = [
    "AggregatorConformance",
    "CallbackConformance",
    "Conformance",
    "ContextMergerConformance",
    "DataModuleConformance",
    "DrawingConformance",
    "EmbedderConformance",
    "EncoderConformance",
    "GeneralConformance",
    "GraphConformance",
    "HeadConformance",
    "ItemEncoderConformance",
    "LossConformance",
    "MaskConformance",
    "MetricConformance",
    "ModelConformance",
    "ModuleConformance",
    "NormConformance",
    "OptimizerConformance",
    "OtherCallbackConformance",
    "PostprocessorConformance",
    "ReaderConformance",
    "SamplerConformance",
    "SchedulerConformance",
    "TrackerConformance",
    "TrainerConformance",
    "TransformConformance",
    "assert_served_in_a_fresh_process",
    "conformance",
    "since",
    "suite_for",
    "suite_of_kind",
]
