"""What each kind of component must be able to do, one module a kind.

A protocol names `forward`, so that type checkers compare it with that of a module; `__call__` is
the same, and callers call the object. What only some components can do is an ability: a protocol
of methods, asked by `isinstance(unwrap(component), Ability)`; its method may answer None, and the
caller goes the long way.

Letters in shapes: B users, L positions, D dim, H heads, N negatives, P positives, V items.
Masks of padding are True where an event is real. Attention masks are floats: 0 keeps a pair,
-inf drops it.
"""

from seqrec_core.contracts.aggregator import AggregatorProto, Resettable
from seqrec_core.contracts.assets import Assets
from seqrec_core.contracts.context_merger import ContextMergerProto
from seqrec_core.contracts.datamodule import Batch, DataModuleProto, DrawsNumbers, Resumable
from seqrec_core.contracts.embedder import EmbedderProto, PaddedItems
from seqrec_core.contracts.encoder import (
    BlockStates,
    EncoderProto,
    ItemEncoderProto,
    LastState,
    QueryEncoderProto,
)
from seqrec_core.contracts.head import DotProduct, HeadProto
from seqrec_core.contracts.loss import Labels, LossProto, ScorerProto
from seqrec_core.contracts.mask import AttentionMaskProto
from seqrec_core.contracts.metric import MetricProto, WantsHiddenStates, WriterProto
from seqrec_core.contracts.model import (
    ClosedForm,
    HiddenStates,
    InferenceOutput,
    LastHiddenState,
    ModelProto,
    Scoring,
    TrainOutput,
)
from seqrec_core.contracts.norm import NormalizerProto
from seqrec_core.contracts.optimizer import BaseOptimizerFactory, NamedParameters
from seqrec_core.contracts.postprocessor import ExcludesItems, PostprocessorProto
from seqrec_core.contracts.reader import FeaturesReaderProtocol
from seqrec_core.contracts.sampler import SamplerProto
from seqrec_core.contracts.scheduler import BaseLRSchedulerFactory, KnowsSteps
from seqrec_core.contracts.tracker import TrackerProto
from seqrec_core.contracts.trainer import (
    KeepsOptimizerState,
    Outcome,
    Row,
    Run,
    ScoresCandidates,
    TrainerProto,
    measured,
)
from seqrec_core.contracts.transform import ShortensSequences, TransformProto

__all__ = [
    "AggregatorProto",
    "Assets",
    "AttentionMaskProto",
    "BaseLRSchedulerFactory",
    "BaseOptimizerFactory",
    "Batch",
    "BlockStates",
    "ClosedForm",
    "ContextMergerProto",
    "DataModuleProto",
    "DotProduct",
    "DrawsNumbers",
    "EmbedderProto",
    "EncoderProto",
    "ExcludesItems",
    "FeaturesReaderProtocol",
    "HeadProto",
    "HiddenStates",
    "InferenceOutput",
    "ItemEncoderProto",
    "KeepsOptimizerState",
    "KnowsSteps",
    "Labels",
    "LastHiddenState",
    "LastState",
    "LossProto",
    "MetricProto",
    "ModelProto",
    "NamedParameters",
    "NormalizerProto",
    "Outcome",
    "PaddedItems",
    "PostprocessorProto",
    "QueryEncoderProto",
    "Resettable",
    "Resumable",
    "Row",
    "Run",
    "SamplerProto",
    "ScorerProto",
    "ScoresCandidates",
    "Scoring",
    "ShortensSequences",
    "TrackerProto",
    "TrainOutput",
    "TrainerProto",
    "TransformProto",
    "WantsHiddenStates",
    "WriterProto",
    "measured",
]
