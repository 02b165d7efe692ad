"""The parts of models: the same outputs and gradients from the same weights."""

import torch
from comparison import FORWARD, absolute, same_gradients
from descriptions import info, schema
from seqrec_aggregator_position.position import PositionAwareAggregator
from seqrec_aggregator_standard.concat import ConcatAggregator
from seqrec_aggregator_standard.summed import SumAggregator
from seqrec_embedder_sequence.categorical import CategoricalEmbedding
from seqrec_embedder_sequence.numerical import NumericalEmbedding
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_encoder_diff.attention import MultiHeadDifferentialAttention
from seqrec_encoder_diff.transformer import DiffTransformerBlock, DiffTransformerLayer
from seqrec_encoder_sasrec.feed_forward import PointWiseFeedForward
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_encoder_swiglu.swiglu import SwiGLU
from seqrec_encoder_swiglu.swiglu_encoder import SwiGLUEncoder
from seqrec_head_tying.tying import EmbeddingTyingHead
from seqrec_mask_causal.causal import DefaultAttentionMask
from translation import load, translate


def positioned(**settings):
    return PositionAwareAggregator(SumAggregator(8), **settings, alignment="left")


def embedding(feature, **settings):
    return CategoricalEmbedding(info(feature), **settings)


def numbers(feature):
    return NumericalEmbedding(info(feature))


def sequence(schema, **settings):
    return SequenceEmbedding(descriptions_of(schema), **settings, init="reference")


descriptions_of = schema

OURS = {
    each.__name__: each
    for each in (
        ConcatAggregator,
        DefaultAttentionMask,
        DiffTransformerBlock,
        DiffTransformerLayer,
        EmbeddingTyingHead,
        MultiHeadDifferentialAttention,
        PointWiseFeedForward,
        SasRecTransformerLayer,
        SumAggregator,
        SwiGLU,
        SwiGLUEncoder,
    )
} | {
    "CategoricalEmbedding": embedding,
    "NumericalEmbedding": numbers,
    "PositionAwareAggregator": positioned,
    "SequenceEmbedding": sequence,
}


def leaves(inputs):
    found = {}
    for name, value in inputs.items():
        if isinstance(value, dict):
            found.update({f"{name}.{path}": leaf for path, leaf in leaves(value).items()})
        elif isinstance(value, torch.Tensor) and value.is_floating_point() and "mask" not in name:
            found[name] = value
    return found


def answer(module, inputs):
    if "item_ids" in inputs:
        return module.get_item_weights(inputs["item_ids"])
    output = module(**inputs)
    return torch.cat(list(output.values()), -1) if isinstance(output, dict) else output


def test_a_part_computes_what_the_reference_computes(case, record):
    component = case["component"]
    module = OURS[component](**case["settings"])
    if component == "DefaultAttentionMask":
        return same_mask(module, case, record)
    load(module, case["weights"]).train(case["training"])
    inputs = case["inputs"]
    sources = leaves(inputs)
    for leaf in sources.values():
        leaf.requires_grad_()
    output = answer(module, inputs)
    chosen = output if case["real"] is None else output[case["real"]]
    error = absolute(chosen, case["output"])
    record(component, "forward", error)
    assert error <= FORWARD
    if not chosen.requires_grad:
        return None
    (chosen * case["cotangent"]).sum().backward()
    ours = {name: each.grad for name, each in module.named_parameters()}
    same_gradients(ours, translate(case["gradients"]), record, component)
    ours = {name: leaf.grad for name, leaf in sources.items()}
    same_gradients(ours, case["input_gradients"], record, component)
    return None


def same_mask(module, case, record):
    """In evaluation the reference writes the smallest number instead of minus infinity."""
    output, expected = module(**case["inputs"]), case["output"]
    assert output.shape == expected.shape
    different = (output == 0) != (expected == 0)
    record(case["component"], "forward", different.float().max())
    assert not different.any()
    assert output[output != 0].isneginf().all()
