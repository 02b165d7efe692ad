"""The parts of models, each by itself."""

import torch
from recording import case, module_case, perturb
from replay.nn.agg import ConcatAggregator, SumAggregator
from replay.nn.attention import MultiHeadDifferentialAttention
from replay.nn.embedding import CategoricalEmbedding, NumericalEmbedding, SequenceEmbedding
from replay.nn.ffn import PointWiseFeedForward, SwiGLU, SwiGLUEncoder
from replay.nn.head import EmbeddingTyingHead
from replay.nn.mask import DefaultAttentionMask
from replay.nn.sequential import (
    DiffTransformerBlock,
    DiffTransformerLayer,
    PositionAwareAggregator,
    SasRecTransformerLayer,
)
from schemas import (
    DIM,
    GENRES,
    ITEM,
    ITEMS,
    PRICE,
    READY,
    RICH,
    VECTOR,
    features,
    info,
    padding_mask,
    schema,
)

SHAPES = ((1, 1), (3, 5), (4, 9))


def cases(folder):
    for seed in range(3):
        torch.manual_seed(seed)
        yield from embedders(seed)
        yield from feed_forwards(seed)
        yield from heads(seed)
        for users, length in SHAPES:
            label = f"seed {seed}, B={users}, L={length}"
            mask = padding_mask(users, length)
            yield from encoders(label, mask)
            yield from aggregators(label, mask)


def embedders(seed):
    mask = padding_mask(3, 5)
    values = features(RICH, mask)
    for method in ("sum", "mean", "max"):
        settings = {"categorical_list_feature_aggregation_method": method}
        for description in (ITEM, GENRES):
            module = perturb(CategoricalEmbedding(info(description), **settings))
            inputs = {"indices": values[description["name"]]}
            described = {"feature": description, **settings}
            yield module_case(
                "CategoricalEmbedding", f"seed {seed}, {method}", module, inputs, described
            )
        module = perturb(SequenceEmbedding(schema(RICH), ["price"], **settings))
        described = {"schema": RICH, "excluded_features": ["price"], **settings}
        inputs = {"feature_tensor": values}
        joined = join_outputs(module)
        yield module_case(
            "SequenceEmbedding", f"seed {seed}, {method}", module, inputs, described, call=joined
        )
    for description in (PRICE, VECTOR, READY):
        module = NumericalEmbedding(info(description))
        if description is not READY:
            perturb(module)
        inputs = {"values": values[description["name"]]}
        yield module_case(
            "NumericalEmbedding", f"seed {seed}", module, inputs, {"feature": description}
        )
    module = perturb(SequenceEmbedding(schema(RICH)))
    for ids in (None, torch.tensor([3, 0, ITEMS]), torch.randint(ITEMS, (2, 4))):
        yield module_case(
            "SequenceEmbedding",
            f"seed {seed}, item weights",
            module,
            {"item_ids": ids},
            {"schema": RICH},
            call=lambda embedder, inputs: embedder.get_item_weights(inputs["item_ids"]),
        )
        module.zero_grad()


def join_outputs(module):
    return lambda _, inputs: torch.cat(list(module(**inputs).values()), -1)


def feed_forwards(seed):
    for shape in ((3, DIM), (2, 5, DIM)):
        label, inputs = f"seed {seed}, {shape}", {"input_embeddings": torch.randn(shape)}
        for activation in ("relu", "gelu"):
            settings = {"embedding_dim": DIM, "dropout": 0.0, "activation": activation}
            made = perturb(PointWiseFeedForward(**settings))
            given = {"input_embeddings": torch.randn(2, 5, DIM)}
            yield module_case("PointWiseFeedForward", label, made, given, settings)
        settings = {"embedding_dim": DIM, "hidden_dim": 11}
        yield module_case("SwiGLU", label, perturb(SwiGLU(**settings)), dict(inputs), settings)
        inputs = {"feature_tensors": {}, "input_embeddings": torch.randn(shape)}
        made = perturb(SwiGLUEncoder(**settings))
        yield module_case("SwiGLUEncoder", label, made, inputs, settings)


def heads(seed):
    shapes = ((2, DIM), (5, DIM)), ((2, DIM), (2, 5, DIM)), ((2, 3, DIM), (5, DIM))
    for hidden, items in shapes:
        inputs = {"hidden_states": torch.randn(hidden), "item_embeddings": torch.randn(items)}
        label = f"seed {seed}, {hidden} x {items}"
        yield module_case("EmbeddingTyingHead", label, EmbeddingTyingHead(), inputs, {})


def encoders(label, mask):
    users, length = mask.shape
    for heads_, blocks, training in ((1, 1, False), (2, 2, True), (4, 3, False), (2, 1, True)):
        builder = DefaultAttentionMask("item_id", heads_).train(training)
        tensors = features([ITEM], mask)
        attention = builder(tensors, mask)
        described = {"reference_feature_name": "item_id", "num_heads": heads_}
        inputs = {"feature_tensor": tensors, "padding_mask": mask}
        yield case(
            "DefaultAttentionMask", label, settings=described, inputs=inputs, output=attention
        )

        def given(tensors=tensors, attention=attention):
            return {
                "feature_tensors": tensors,
                "input_embeddings": torch.randn(users, length, DIM),
                "padding_mask": mask,
                "attention_mask": attention,
            }

        sizes = {"embedding_dim": DIM, "num_heads": heads_, "num_blocks": blocks}
        for activation in ("relu", "gelu"):
            settings = {**sizes, "dropout": 0.0, "activation": activation}
            made = perturb(SasRecTransformerLayer(**settings)).train(training)
            yield module_case("SasRecTransformerLayer", label, made, given(), settings, mask)
        if length > 1:  # with one key, norms cancel lambda and its gradient is rounding
            made = perturb(DiffTransformerLayer(**sizes)).train(training)
            yield module_case("DiffTransformerLayer", label, made, given(), sizes, mask)
            settings = {"embedding_dim": DIM, "num_heads": heads_, "lambda_init": 0.3}
            inputs = {name: given()[name] for name in ("input_embeddings", "attention_mask")}
            made = perturb(DiffTransformerBlock(**settings))
            yield module_case("DiffTransformerBlock", label, made, inputs, settings, mask)
            yield attention_case(label, settings, mask, attention)


def attention_case(label, settings, mask, attention):
    settings = {**settings, "bias": True, "kdim": 4, "vdim": 12}
    parts = {name: torch.randn(*mask.shape, DIM) for name in ("query", "key", "value")}
    made = perturb(MultiHeadDifferentialAttention(**settings))
    inputs = {**parts, "attn_mask": attention}
    return module_case("MultiHeadDifferentialAttention", label, made, inputs, settings, mask)


def aggregators(label, mask):
    shape = mask.shape

    def three():
        return {"feature_tensors": {name: torch.randn(*shape, DIM) for name in "cab"}}

    settings = {"embedding_dim": DIM}
    yield module_case("SumAggregator", label, SumAggregator(**settings), three(), settings)
    settings = {"input_embedding_dims": [DIM] * 3, "output_embedding_dim": 5}
    made = perturb(ConcatAggregator(**settings))
    yield module_case("ConcatAggregator", label, made, three(), settings)
    settings = {"input_embedding_dims": [DIM], "output_embedding_dim": DIM}
    single = {"feature_tensors": {"a": torch.randn(*shape, DIM)}}
    yield module_case("ConcatAggregator", label, ConcatAggregator(**settings), single, settings)
    for longest in (shape[1], shape[1] + 4):
        settings = {"max_sequence_length": longest, "dropout": 0.0}
        made = perturb(PositionAwareAggregator(SumAggregator(DIM), **settings))
        yield module_case("PositionAwareAggregator", label, made, three(), settings)
