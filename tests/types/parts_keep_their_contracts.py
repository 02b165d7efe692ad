"""Every part of ours against its Protocol: `nox -s types` has mypy read this, nothing runs it."""

import torch
from seqrec_aggregator_position.position import PositionAwareAggregator
from seqrec_aggregator_standard.concat import ConcatAggregator
from seqrec_aggregator_standard.summed import SumAggregator
from seqrec_callback_hidden_states.hidden_states import HiddenStatesCallback
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_encoder_diff.transformer import DiffTransformerLayer
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_encoder_swiglu.swiglu_encoder import SwiGLUEncoder
from seqrec_head_tying.tying import EmbeddingTyingHead
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_loss_bce.bce import BCE, BCESampled
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce_unseen.ce_unseen import CEUnseen
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from seqrec_loss_login.login import LogInCE, LogInCESampled
from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted
from seqrec_loss_sce.sce import SCE
from seqrec_mask_causal.causal import DefaultAttentionMask
from seqrec_model_sasrec.sasrec import SasRec
from seqrec_model_two_tower.two_tower import TwoTower
from seqrec_norm_standard.normalisations import LayerNorm, RMSNorm
from seqrec_optimizer_standard.optimizer_factory import OptimizerFactory
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter
from seqrec_reader_features.features_reader import FeaturesReader
from seqrec_sampler_standard.multiclass_sampler import MultiClassSampler
from seqrec_sampler_standard.uniform_sampler import UniformSampler
from seqrec_scheduler_standard.lambda_lr import LambdaLRSchedulerFactory
from seqrec_scheduler_standard.plateau import ReduceLROnPlateauFactory
from seqrec_scheduler_standard.step_lr import LRSchedulerFactory
from seqrec_scheduler_standard.warmup import WarmupFactory
from seqrec_tool_run.recommendations import RecommendationWriter
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer
from seqrec_transform_negatives.sampled_negatives import SampledNegatives
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform
from seqrec_transform_sequence.next_token import NextTokenTransform

from seqrec_core import contracts as c

aggregators: list[type[c.AggregatorProto]] = [
    PositionAwareAggregator,
    SumAggregator,
    ConcatAggregator,
]
resettable: list[type[c.Resettable]] = [PositionAwareAggregator, SumAggregator, ConcatAggregator]
embedders: list[type[c.EmbedderProto]] = [SequenceEmbedding]
padded: list[type[c.PaddedItems]] = [SequenceEmbedding]
masks: list[type[c.AttentionMaskProto]] = [DefaultAttentionMask]
encoders: list[type[c.EncoderProto]] = [DiffTransformerLayer, SasRecTransformerLayer]
last_states: list[type[c.LastState]] = [DiffTransformerLayer, SasRecTransformerLayer]
block_states: list[type[c.BlockStates]] = [DiffTransformerLayer, SasRecTransformerLayer]
item_encoders: list[type[c.ItemEncoderProto]] = [SwiGLUEncoder]
norms: list[type[c.NormalizerProto]] = [LayerNorm, RMSNorm, torch.nn.LayerNorm]
heads: list[type[c.HeadProto]] = [EmbeddingTyingHead]
dot_products: list[type[c.DotProduct]] = [EmbeddingTyingHead]
scorers: list[type[c.ScorerProto]] = [ItemScorer]
losses: list[type[c.LossProto]] = [
    *(BCE, BCESampled, CE, CESampled, CEUnseen, CEWeighted, CESampledWeighted),
    *(LogInCE, LogInCESampled, LogOutCE, LogOutCEWeighted, SCE),
]
models: list[type[c.ModelProto]] = [SasRec, TwoTower]
last_hidden_states: list[type[c.LastHiddenState]] = [SasRec, TwoTower]
scoring: list[type[c.Scoring]] = [SasRec, TwoTower]
transforms: list[type[c.TransformProto]] = [NextTokenTransform, UniformNegativeSamplingTransform]
samplers: list[type[c.SamplerProto]] = [UniformSampler, MultiClassSampler]
shortening: list[type[c.ShortensSequences]] = [NextTokenTransform]
drawing: list[type[c.DrawsNumbers]] = [
    *(UniformNegativeSamplingTransform, SampledNegatives, ParquetModule),
    *(UniformSampler, MultiClassSampler),
]
postprocessors: list[type[c.PostprocessorProto]] = [SeenItemsFilter]
excluding: list[type[c.ExcludesItems]] = [SeenItemsFilter]
readers: list[type[c.FeaturesReaderProtocol]] = [FeaturesReader]
data_modules: list[type[c.DataModuleProto]] = [ParquetModule]
loaders: list[type[c.Resumable]] = [ParquetDataset]
trainers: list[type[c.TrainerProto]] = [LightningTrainer]
optimizers: list[type[c.BaseOptimizerFactory]] = [OptimizerFactory]
schedulers: list[type[c.BaseLRSchedulerFactory]] = [
    *(LambdaLRSchedulerFactory, ReduceLROnPlateauFactory, LRSchedulerFactory, WarmupFactory),
]
metrics: list[type[c.MetricProto]] = [RankingMetrics]
writers: list[type[c.WriterProto]] = [RecommendationWriter]
watchers: list[type[c.WantsHiddenStates]] = [HiddenStatesCallback]
