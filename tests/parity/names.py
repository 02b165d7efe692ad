"""Every name of the reference: our class, the plugin it ships in, and where ours differs.

A row is (name, module:class of ours, test that checks what parity does not measure, difference).
"""

CORE = "seqrec_core.contracts"
PAD_ROWS = "hidden states of padding are finite and causal (trap 1)"
NO_TARGETS = "without targets 0, not NaN (trap 16)"
LEFT_OUT = "negatives that are left out count nothing; there they add log(1 + epsilon)"
WEIGHED = 'with `normalize="weights"`'
WEIGHED_ALL = f"{WEIGHED}, over targets; there the weights of padding count, and are 0 in the cases"

ROWS = {
    "Models": (
        (
            "SasRec",
            "seqrec_model_sasrec.sasrec:SasRec",
            None,
            "`output_hidden_states` gives every layer's state (note 14); the head can be replaced",
        ),
        ("SasRecBody", "seqrec_model_sasrec.body:SasRecBody", None, PAD_ROWS),
        (
            "TwoTower",
            "seqrec_model_two_tower.two_tower:TwoTower",
            None,
            "item embeddings are recomputed when weights change; copies and loads (trap 21)",
        ),
        ("TwoTowerBody", "seqrec_model_two_tower.body:TwoTowerBody", None, ""),
        ("QueryTower", "seqrec_model_two_tower.query_tower:QueryTower", None, PAD_ROWS),
        (
            "ItemTower",
            "seqrec_model_two_tower.item_tower:ItemTower",
            None,
            "features of another number of items than the catalogue has are an error (trap 21)",
        ),
        (
            "FeaturesReader",
            "seqrec_reader_features.features_reader:FeaturesReader",
            None,
            "missing and repeated items are errors, not shifted rows (trap 21)",
        ),
        (
            "make_default_sasrec_transforms",
            "seqrec_model_sasrec.default_transforms:make_default_sasrec_transforms",
            None,
            "",
        ),
        (
            "make_default_twotower_transforms",
            "seqrec_model_two_tower.default_transforms:make_default_twotower_transforms",
            None,
            "",
        ),
    ),
    "Parts of models": (
        (
            "SequenceEmbedding",
            "seqrec_embedder_sequence.sequence:SequenceEmbedding",
            None,
            "rows of padding stay zero when weights are drawn (trap 15)",
        ),
        (
            "CategoricalEmbedding",
            "seqrec_embedder_sequence.categorical:CategoricalEmbedding",
            None,
            "initial spread of at least 0.02 in large tables (trap 14)",
        ),
        (
            "NumericalEmbedding",
            "seqrec_embedder_sequence.numerical:NumericalEmbedding",
            None,
            "where sizes match there are no weights at all, for single numbers too (note 13)",
        ),
        ("SumAggregator", "seqrec_aggregator_standard.summed:SumAggregator", None, ""),
        ("ConcatAggregator", "seqrec_aggregator_standard.concat:ConcatAggregator", None, ""),
        (
            "PositionAwareAggregator",
            "seqrec_aggregator_position.position:PositionAwareAggregator",
            None,
            'counts positions from the right; measured with `alignment="left"` (note 7)',
        ),
        (
            "DefaultAttentionMask",
            "seqrec_mask_causal.causal:DefaultAttentionMask",
            None,
            "minus infinity in evaluation too; can broadcast over heads (traps 1, 13)",
        ),
        (
            "SasRecTransformerLayer",
            "seqrec_encoder_sasrec.transformer:SasRecTransformerLayer",
            None,
            PAD_ROWS,
        ),
        (
            "PointWiseFeedForward",
            "seqrec_encoder_sasrec.feed_forward:PointWiseFeedForward",
            None,
            "linear layers in place of convolutions of width 1",
        ),
        (
            "MultiHeadDifferentialAttention",
            "seqrec_encoder_diff.attention:MultiHeadDifferentialAttention",
            None,
            "the mask is optional, None is causal (note 12)",
        ),
        (
            "DiffTransformerBlock",
            "seqrec_encoder_diff.transformer:DiffTransformerBlock",
            None,
            "",
        ),
        (
            "DiffTransformerLayer",
            "seqrec_encoder_diff.transformer:DiffTransformerLayer",
            None,
            "takes embeddings and mask alone (note 1)",
        ),
        ("SwiGLU", "seqrec_encoder_swiglu.swiglu:SwiGLU", None, ""),
        (
            "SwiGLUEncoder",
            "seqrec_encoder_swiglu.swiglu_encoder:SwiGLUEncoder",
            None,
            "takes embeddings alone (note 1)",
        ),
        (
            "EmbeddingTyingHead",
            "seqrec_head_tying.tying:EmbeddingTyingHead",
            None,
            "(B, L, D) with (B, I, D) gives (B, L, I) as documented (note 11)",
        ),
    ),
    "Losses": (
        ("BCE", "seqrec_loss_bce.bce:BCE", None, f"pads are no positives (trap 3); {NO_TARGETS}"),
        (
            "BCESampled",
            "seqrec_loss_bce.bce:BCESampled",
            None,
            f"stable form of the same formula (trap 2); {LEFT_OUT}; {NO_TARGETS}",
        ),
        (
            "CE",
            "seqrec_loss_ce.ce:CE",
            None,
            f"skips padding before logits (trap 11); {NO_TARGETS}",
        ),
        (
            "CEWeighted",
            "seqrec_loss_ce_weighted.ce_weighted:CEWeighted",
            None,
            "loss and weight line up, the mean is over targets (trap 4); measured against the "
            "reference's losses times weights",
        ),
        (
            "CESampled",
            "seqrec_loss_ce.ce:CESampled",
            None,
            "label smoothing gives no share to negatives that are left out; pad labels are never "
            f"negatives (trap 17); {NO_TARGETS}",
        ),
        (
            "CESampledWeighted",
            "seqrec_loss_ce_weighted.ce_weighted:CESampledWeighted",
            None,
            "as CESampled",
        ),
        ("LogInCE", "seqrec_loss_login.login:LogInCE", None, f"{NO_TARGETS}"),
        ("LogInCESampled", "seqrec_loss_login.login:LogInCESampled", None, "pad labels (trap 17)"),
        ("LogOutCE", "seqrec_loss_logout.logout:LogOutCE", None, "pad labels (trap 17)"),
        ("LogOutCEWeighted", "seqrec_loss_logout.logout:LogOutCEWeighted", None, "as LogOutCE"),
        (
            "LogOutCESampled",
            "seqrec_loss_ce.ce:CE",
            "tests/plugins/loss/ce/test_ce.py",
            "an alias of CE there, though it samples nothing; here CESampled is the sampled one",
        ),
        (
            "ScalableCrossEntropyLoss",
            "seqrec_loss_sce.sce:ScalableCrossEntropyLoss",
            None,
            "buckets beyond what there is, and pad labels, work; SCE adapts it to models (note 16)",
        ),
        ("SCEParams", "seqrec_loss_sce.sce:SCEParams", "tests/plugins/loss/sce/test_sce.py", ""),
    ),
    "Transforms": (
        ("CopyTransform", "seqrec_transform_columns.copy:CopyTransform", None, ""),
        ("GroupTransform", "seqrec_transform_columns.group:GroupTransform", None, ""),
        (
            "RenameTransform",
            "seqrec_transform_columns.rename:RenameTransform",
            None,
            "a name that is taken is an error",
        ),
        ("UnsqueezeTransform", "seqrec_transform_columns.unsqueeze:UnsqueezeTransform", None, ""),
        (
            "NextTokenTransform",
            "seqrec_transform_sequence.next_token:NextTokenTransform",
            None,
            "cuts only sequences of the label's length (trap 23); absent features are no error "
            "(note 23); can skip targets without context (trap 6)",
        ),
        (
            "TokenMaskTransform",
            "seqrec_transform_sequence.token_mask:TokenMaskTransform",
            None,
            "draws a mask for every row (trap 5), so it is measured on single rows; padding is "
            "never visible",
        ),
        ("TrimTransform", "seqrec_transform_sequence.trim:TrimTransform", None, ""),
        (
            "SequenceRollTransform",
            "seqrec_transform_sequence.sequence_roll:SequenceRollTransform",
            None,
            "`roll=0` changes nothing (trap 23)",
        ),
        (
            "UniformNegativeSamplingTransform",
            "seqrec_transform_negatives.uniform:UniformNegativeSamplingTransform",
            None,
            "same draws up to 4,096 items, beyond that a faster stream of our own (trap 7)",
        ),
        (
            "MultiClassNegativeSamplingTransform",
            "seqrec_transform_negatives.multiclass:MultiClassNegativeSamplingTransform",
            None,
            "as Uniform; classes with too few items are an error (note 24)",
        ),
    ),
    "Data": (
        (
            "ParquetDataset",
            "seqrec_datamodule_parquet.dataset:ParquetDataset",
            None,
            "exact in any number of processes, each row group read once (traps 9, 22)",
        ),
        (
            "ParquetModule",
            "seqrec_datamodule_parquet.parquet_module:ParquetModule",
            None,
            "shuffles over row groups, resumes; batch sizes by split (trap 22)",
        ),
        (
            "ReplicasInfo",
            "seqrec_datamodule_parquet.replicas:ProcessReplicas",
            "tests/plugins/datamodule/parquet/test_processes.py",
            "",
        ),
        (
            "ReplicasInfoProtocol",
            "seqrec_datamodule_parquet.replicas:Replicas",
            "tests/plugins/datamodule/parquet/test_shares.py",
            "",
        ),
        (
            "TensorSchema",
            "seqrec_core.schema:TensorSchema",
            "tests/parity/test_models.py",
            "its objects are frozen",
        ),
        (
            "TensorFeatureInfo",
            "seqrec_core.schema:TensorFeatureInfo",
            "tests/parity/test_parts.py",
            "a categorical feature pads with its cardinality by default, not with 0 (note 9)",
        ),
        (
            "TensorFeatureSource",
            "seqrec_core.schema:TensorFeatureSource",
            "tests/parity/test_models.py",
            "",
        ),
    ),
    "Training and evaluation": (
        (
            "LightningModule",
            "seqrec_trainer_lightning.lightning_module:LightningModule",
            None,
            "never writes into the batch (trap 23)",
        ),
        (
            "OptimizerFactory",
            "seqrec_optimizer_standard.optimizer_factory:OptimizerFactory",
            None,
            "also as the components adam and sgd",
        ),
        (
            "LRSchedulerFactory",
            "seqrec_scheduler_standard.step_lr:LRSchedulerFactory",
            None,
            "",
        ),
        (
            "LambdaLRSchedulerFactory",
            "seqrec_scheduler_standard.warmup:WarmupFactory",
            "tests/plugins/scheduler/standard/test_warmup.py",
            "warms up linearly instead of in one jump; not part of the documented interface",
        ),
        (
            "ComputeMetricsCallback",
            "seqrec_callback_metrics.compute_metrics:ComputeMetricsCallback",
            None,
            "ranks candidates, ties count against the model, odd ground truth is defined, coverage "
            "counts integers, sums over processes (traps 10, 18, 19, 20); hitrate, which the "
            "reference does not compute",
        ),
        (
            "TorchTopItemsCallback",
            "seqrec_callback_top_items.tensors:TorchTopItemsCallback",
            None,
            "no seen item where fewer than k are left, but -1 (note 20)",
        ),
        (
            "PandasTopItemsCallback",
            "seqrec_callback_top_items.pandas_frame:PandasTopItemsCallback",
            None,
            "columns of numbers, a plain index (trap 20)",
        ),
        (
            "PolarsTopItemsCallback",
            "seqrec_callback_polars.polars_frame:PolarsTopItemsCallback",
            None,
            "fewer rows where fewer than k are left (note 20)",
        ),
        (
            "SparkTopItemsCallback",
            "seqrec_callback_spark.spark_frame:SparkTopItemsCallback",
            "tests/plugins/callback/spark/test_spark_frame.py",
            "as Polars; checked in a local Spark session",
        ),
        (
            "TopItemsCallbackBase",
            "seqrec_callback_top_items.top_items:TopItemsCallbackBase",
            "tests/plugins/callback/top_items/test_top_items.py",
            "",
        ),
        (
            "HiddenStatesCallback",
            "seqrec_callback_hidden_states.hidden_states:HiddenStatesCallback",
            None,
            "pads on the left to the longest batch (note 14)",
        ),
        (
            "PostprocessorBase",
            "seqrec_postprocessor_seen.item_filter:PostprocessorBase",
            "tests/plugins/postprocessor/seen/test_item_filter.py",
            "candidates come with the batch, not as a property",
        ),
        (
            "SeenItemsFilter",
            "seqrec_postprocessor_seen.seen_items:SeenItemsFilter",
            None,
            "no copy of all logits for candidates; half precision works (traps 8, 20)",
        ),
    ),
    "Protocols and containers": (
        (
            "LossProto",
            f"{CORE}:LossProto",
            "tests/plugins/loss/test_every_loss.py",
            "gets a scorer with the call, not a callback as a property (note 1)",
        ),
        (
            "EmbedderProto",
            f"{CORE}:EmbedderProto",
            "tests/plugins/embedder/sequence/test_sequence.py",
            "",
        ),
        (
            "AggregatorProto",
            f"{CORE}:AggregatorProto",
            "tests/plugins/aggregator/standard/test_concat.py",
            "",
        ),
        (
            "AttentionMaskProto",
            f"{CORE}:AttentionMaskProto",
            "tests/plugins/mask/causal/test_causal.py",
            "",
        ),
        (
            "EncoderProto",
            f"{CORE}:EncoderProto",
            "tests/plugins/encoder/test_encoder_properties.py",
            "`hidden_states` and `forward_last` are optional",
        ),
        (
            "QueryEncoderProto",
            f"{CORE}:QueryEncoderProto",
            "tests/plugins/encoder/test_encoder_properties.py",
            "",
        ),
        (
            "ItemEncoderProto",
            f"{CORE}:ItemEncoderProto",
            "tests/plugins/encoder/swiglu/test_swiglu_encoder.py",
            "",
        ),
        (
            "NormalizerProto",
            f"{CORE}:NormalizerProto",
            "tests/plugins/norm/standard/test_normalisations.py",
            "",
        ),
        (
            "ContextMergerProto",
            f"{CORE}:ContextMergerProto",
            "tests/parity/test_models.py",
            "",
        ),
        (
            "FeaturesReaderProtocol",
            f"{CORE}:FeaturesReaderProtocol",
            "tests/plugins/reader/features/test_features_reader.py",
            "also has `feature_names` (note 3)",
        ),
        (
            "BaseOptimizerFactory",
            f"{CORE}:BaseOptimizerFactory",
            "tests/plugins/optimizer/standard/test_optimizer_factory.py",
            "a protocol, so nothing has to inherit from it",
        ),
        (
            "BaseLRSchedulerFactory",
            f"{CORE}:BaseLRSchedulerFactory",
            "tests/plugins/scheduler/standard/test_warmup.py",
            "a protocol, so nothing has to inherit from it",
        ),
        ("TrainOutput", f"{CORE}:TrainOutput", "tests/parity/test_models.py", ""),
        ("InferenceOutput", f"{CORE}:InferenceOutput", "tests/parity/test_models.py", ""),
    ),
    "New in replay-rec 0.22": (
        (
            "GroupedCESampled",
            "seqrec_loss_grouped.grouped:GroupedCESampled",
            None,
            "several positives; negatives of any shape, with logQ; a group without targets has no "
            "say, there it is an error",
        ),
        (
            "GroupedLogInCESampled",
            "seqrec_loss_grouped.grouped:GroupedLogInCESampled",
            None,
            "as GroupedCESampled",
        ),
        (
            "GroupedUniformNegativeSamplingTransform",
            "seqrec_sampler_standard.grouped_uniform_sampler:GroupedUniformSampler",
            None,
            "the sampler `grouped_uniform` behind `model.negatives`; same draws as Uniform; where "
            "weights are 0, other draws of the same distribution",
        ),
        ("CEWeighted of 0.22", "seqrec_loss_ce_weighted.ce_weighted:CEWeighted", None, WEIGHED_ALL),
        (
            "CESampledWeighted of 0.22",
            "seqrec_loss_ce_weighted.ce_weighted:CESampledWeighted",
            None,
            WEIGHED,
        ),
        ("LogOutCEWeighted of 0.22", "seqrec_loss_logout.logout:LogOutCEWeighted", None, WEIGHED),
        (
            "LengthBucketedQueryEncoder",
            "seqrec_encoder_length_bucketed.length_bucketed:LengthBucketedQueryEncoder",
            None,
            "the encoder itself under torch.compile; padding between events is kept",
        ),
        (
            "AdaptiveTrimTransform",
            "seqrec_transform_sequence.trim:AdaptiveTrimTransform",
            None,
            "keeps one position of padding, which predicts the first item; measured with "
            "`front_padding=0`",
        ),
        (
            "TargetAwareAdaptiveTrimTransform",
            "seqrec_transform_sequence.trim:TargetAwareAdaptiveTrimTransform",
            None,
            "masks of several positives too",
        ),
        (
            "EqualityMaskTransform",
            "seqrec_transform_sequence.equality_mask:EqualityMaskTransform",
            None,
            "masks of several positives too",
        ),
        ("SelectTransform", "seqrec_transform_columns.select:SelectTransform", None, ""),
        (
            "IdentityEmbedding",
            "seqrec_embedder_sequence.numerical:NumericalEmbedding",
            "tests/parity/test_parts.py",
            "has no weights where sizes match",
        ),
    ),
}

MISSING = {
    "`EmbeddingProto`": "what is inside an embedder is its own affair; a plugin replaces all of it",
    "`weighted_mean`": 'weighted losses divide by the sum of weights with `normalize="weights"`',
    "`ItemTower.from_item_features`, `ItemTower.from_checkpoint`, `item_cache_batch_size`": "a "
    "bundle keeps what the tower needs, and recomputes embeddings when weights change",
    "`hidden_dim` of `SasRecTransformerLayer` and of `from_params`": "the feed-forward network is "
    "as wide as the embedding, as in the paper",
    "`label_name`, `ignore`, `feature_name`, `token_name` of transforms": "they are called "
    "`label_field`, `query_features`, `column_name` or `field_name`, `token_field`, as in 0.21",
}
"""What 0.22 has anew and we have not, and why."""
