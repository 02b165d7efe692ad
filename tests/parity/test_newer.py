"""What replay-rec 0.22 has and 0.21 lacks: the same losses, states, batches and gradients."""

import torch
from comparison import FORWARD, LOSS, absolute, relative, same_gradients
from seqrec_encoder_length_bucketed.length_bucketed import LengthBucketedQueryEncoder
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_head_tying.tying import EmbeddingTyingHead
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from seqrec_loss_grouped.grouped import GroupedCESampled, GroupedLogInCESampled
from seqrec_loss_logout.logout import LogOutCEWeighted
from seqrec_sampler_standard.grouped_uniform_sampler import GroupedUniformSampler
from seqrec_transform_columns.select import SelectTransform
from seqrec_transform_sequence.equality_mask import EqualityMaskTransform
from seqrec_transform_sequence.trim import AdaptiveTrimTransform, TargetAwareAdaptiveTrimTransform
from translation import load, translate

GROUPED = {each.__name__: each for each in (GroupedCESampled, GroupedLogInCESampled)}
WEIGHTED = {each.__name__: each for each in (CEWeighted, CESampledWeighted, LogOutCEWeighted)}
TRANSFORMS = {
    "AdaptiveTrimTransform": lambda **settings: AdaptiveTrimTransform(**settings, front_padding=0),
    "EqualityMaskTransform": EqualityMaskTransform,
    "SelectTransform": SelectTransform,
    "TargetAwareAdaptiveTrimTransform": TargetAwareAdaptiveTrimTransform,
}


def test_ours_is_what_the_newer_reference_computes(case, record):
    name = case["component"]
    if name in TRANSFORMS:
        same_batch(case, record)
    elif name == "GroupedUniformNegativeSamplingTransform":
        same_draws(case, record)
    elif name == "LengthBucketedQueryEncoder":
        same_states(case, record)
    elif name in GROUPED:
        same_loss(GROUPED[name](**case["settings"]), name, case, record)
    else:
        loss = WEIGHTED[name](**case["settings"], normalize="weights")
        same_loss(loss, f"{name} of 0.22", case, record)


def same_batch(case, record):
    batch = {name: values.clone() for name, values in case["batch"].items()}
    output = TRANSFORMS[case["component"]](**case["settings"])(batch)
    assert list(output) == list(case["output"])
    for name, expected in case["output"].items():
        assert torch.equal(output[name].nan_to_num(7), expected.nan_to_num(7))
    record(case["component"], "forward", 0.0)


def same_draws(case, record):
    generator = torch.Generator().manual_seed(case["seed"])
    output = GroupedUniformSampler(**case["settings"], generator=generator)(case["batch"])
    assert torch.equal(output, case["output"]["negative_labels"])
    record(case["component"], "forward", 0.0)


def same_states(case, record):
    settings = dict(case["settings"])
    encoder = SasRecTransformerLayer(**settings.pop("encoder"))
    module = LengthBucketedQueryEncoder(encoder, **settings)
    load(module, case["weights"]).train(case["training"])
    embeddings = case["inputs"]["input_embeddings"].requires_grad_()
    output = module(**case["inputs"])[case["real"]]
    error = absolute(output, case["output"])
    record(case["component"], "forward", error)
    assert error <= FORWARD
    (output * case["cotangent"]).sum().backward()
    ours = {name: each.grad for name, each in module.named_parameters()}
    same_gradients(ours, translate(case["gradients"]), record, case["component"])
    ours = {"input_embeddings": embeddings.grad}
    same_gradients(ours, case["input_gradients"], record, case["component"])


def same_loss(loss, name, case, record):
    inputs = case["inputs"]
    table, hidden = case["table"].requires_grad_(), inputs["model_embeddings"].requires_grad_()
    scorer = ItemScorer(EmbeddingTyingHead(), lambda ids: table[:-1] if ids is None else table[ids])
    output = loss(
        model_embeddings=hidden,
        feature_tensors={"sample_weight": inputs["sample_weight"]},
        positive_labels=inputs["positive_labels"],
        negative_labels=inputs["negative_labels"],
        padding_mask=inputs["padding_mask"],
        target_padding_mask=inputs["target_padding_mask"],
        scorer=scorer,
    )
    error = relative(output, case["output"])
    record(name, "loss", error)
    assert error <= LOSS
    output.backward()
    same_gradients({"hidden": hidden.grad, "table": table.grad}, case["gradients"], record, name)
