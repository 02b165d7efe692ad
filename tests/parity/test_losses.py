"""Losses: the same number and the same gradients for hidden states and item embeddings."""

import pytest
import torch
from comparison import LOSS, relative, same_gradients
from seqrec_head_tying.tying import EmbeddingTyingHead
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_loss_bce.bce import BCE, BCESampled
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from seqrec_loss_login.login import LogInCE, LogInCESampled
from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted
from seqrec_loss_sce.sce import SCE, ScalableCrossEntropyLoss, SCEParams

from seqrec_core.contracts import Labels

CLASSES = (
    BCE,
    BCESampled,
    CE,
    CESampled,
    CESampledWeighted,
    CEWeighted,
    LogInCE,
    LogInCESampled,
    LogOutCE,
    LogOutCEWeighted,
)
OURS = {each.__name__: each for each in CLASSES}


def test_a_loss_is_the_loss_of_the_reference(case, record):
    name = case["component"]
    if name == "ScalableCrossEntropyLoss":
        return scalable(case, record)
    inputs = case["inputs"]
    table, hidden = case["table"].requires_grad_(), inputs["model_embeddings"].requires_grad_()
    scorer = ItemScorer(EmbeddingTyingHead(), lambda ids: table[:-1] if ids is None else table[ids])
    loss = OURS[name](**case["settings"])
    output = loss(
        model_embeddings=hidden,
        feature_tensors={"sample_weight": inputs["sample_weight"]},
        positive_labels=inputs["positive_labels"],
        negative_labels=inputs.get("negative_labels"),
        padding_mask=inputs["padding_mask"],
        target_padding_mask=inputs["target_padding_mask"],
        scorer=scorer,
    )
    labels = Labels(
        inputs["positive_labels"],
        inputs["target_padding_mask"],
        inputs.get("negative_labels"),
        inputs["sample_weight"],
    )
    assert torch.equal(loss(hidden, labels, scorer=scorer), output)
    return compare(case, output, {"hidden": hidden, "table": table}, record)


def scalable(case, record):
    """Both draw one `randn`; the adapter that models take gives the same loss."""
    inputs, params = case["inputs"], SCEParams(**case["settings"])
    hidden, table = (inputs[key].requires_grad_() for key in ("embeddings", "all_embeddings"))
    torch.manual_seed(case["seed"])
    output = ScalableCrossEntropyLoss(params)(**inputs)
    compare(case, output, {"hidden": hidden, "table": table}, record)
    if inputs["tokens_mask"] is None:
        torch.manual_seed(case["seed"])
        adapted = SCE(**case["settings"])(
            hidden,
            inputs["positive_labels"].unsqueeze(-1),
            inputs["padding_mask"].unsqueeze(-1),
            scorer=ItemScorer(EmbeddingTyingHead(), lambda ids: table),
        )
        assert adapted.item() == pytest.approx(output.item())


def compare(case, output, leaves, record):
    error = relative(output, case["output"])
    record(case["component"], "loss", error)
    assert error <= LOSS
    output.sum().backward()
    ours = {name: leaf.grad for name, leaf in leaves.items()}
    same_gradients(ours, case["gradients"], record, case["component"])
