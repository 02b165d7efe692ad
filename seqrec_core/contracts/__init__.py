"""What each kind of component must be able to do, one module a kind.

Letters in shapes: B users, L positions, D dim, H heads, N negatives, P positives, V items.
Masks of padding are True where an event is real. Attention masks are floats: 0 keeps a pair,
-inf drops it.
"""

from seqrec_core.contracts.aggregator import AggregatorProto
from seqrec_core.contracts.context_merger import ContextMergerProto
from seqrec_core.contracts.embedder import EmbedderProto
from seqrec_core.contracts.encoder import EncoderProto, ItemEncoderProto, QueryEncoderProto
from seqrec_core.contracts.head import HeadProto
from seqrec_core.contracts.loss import LossProto, ScorerProto
from seqrec_core.contracts.mask import AttentionMaskProto
from seqrec_core.contracts.model import InferenceOutput, TrainOutput
from seqrec_core.contracts.norm import NormalizerProto
from seqrec_core.contracts.optimizer import BaseOptimizerFactory
from seqrec_core.contracts.postprocessor import PostprocessorProto
from seqrec_core.contracts.reader import FeaturesReaderProtocol
from seqrec_core.contracts.scheduler import BaseLRSchedulerFactory

__all__ = [
    "AggregatorProto",
    "AttentionMaskProto",
    "BaseLRSchedulerFactory",
    "BaseOptimizerFactory",
    "ContextMergerProto",
    "EmbedderProto",
    "EncoderProto",
    "FeaturesReaderProtocol",
    "HeadProto",
    "InferenceOutput",
    "ItemEncoderProto",
    "LossProto",
    "NormalizerProto",
    "PostprocessorProto",
    "QueryEncoderProto",
    "ScorerProto",
    "TrainOutput",
]
