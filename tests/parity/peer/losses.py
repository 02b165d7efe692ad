"""Losses, over an item table of the reference's layout and its own head.

Computed in double precision from single-precision inputs: some of the reference's formulas lose
digits in single precision (BCESampled, or any loss near zero) that ours keep.
"""

import torch
from recording import case, plain
from replay.models.nn.loss import ScalableCrossEntropyLoss, SCEParams
from replay.nn import loss as reference
from replay.nn.head import EmbeddingTyingHead
from schemas import DIM, ITEMS, padding_mask

SHAPES = ((1, 1, 1), (3, 5, 1), (4, 7, 3))
HALF = ITEMS // 2
HEAD = EmbeddingTyingHead()
CLASSES = torch.linspace(0.5, 2, ITEMS)
WEIGHTS = {"feature_name": "sample_weight"}
CATALOGUE = {"cardinality": ITEMS}

ONE_POSITIVE = (
    ("CE", {}),
    ("CE", {"ignore_index": 5}),
    ("CE", {"weight": CLASSES, "label_smoothing": 0.1}),
    ("CE", {"reduction": "sum"}),
    ("CE", {"reduction": "none"}),
    ("CEWeighted", WEIGHTS),
    ("CEWeighted", {**WEIGHTS, "label_smoothing": 0.2}),
)
ALL_ITEMS = (
    ("BCE", {}),
    ("BCE", {"weight": CLASSES, "pos_weight": CLASSES.flip(0)}),
    ("LogInCE", CATALOGUE),
    ("LogInCE", {**CATALOGUE, "negative_labels_ignore_index": 3, "clamp_border": 4.0}),
    ("LogOutCE", CATALOGUE),
    ("LogOutCE", {**CATALOGUE, "negative_labels_ignore_index": 3}),
    ("LogOutCEWeighted", {**CATALOGUE, **WEIGHTS}),
)
SAMPLED = (
    ("BCESampled", {}),
    ("CESampled", {}),
    ("CESampled", {"negative_labels_ignore_index": ITEMS}),
    ("CESampled", {"negative_labels_ignore_index": 3}),
    ("CESampledWeighted", WEIGHTS),
    ("LogInCESampled", {}),
    ("LogInCESampled", {"negative_labels_ignore_index": ITEMS}),
)
# With these, the reference lets negatives that are left out count after all.
DISJOINT = (
    ("BCESampled", {"log_epsilon": 1e-3, "clamp_border": 1.5}),
    ("CESampled", {"label_smoothing": 0.1}),
    ("CESampled", {"reduction": "none"}),
    ("CESampledWeighted", {**WEIGHTS, "label_smoothing": 0.1}),
)


def cases(folder):
    for seed in range(3):
        torch.manual_seed(seed)
        yield from scalable(seed)
        for users, length, positives in SHAPES:
            data = labels(users, length, positives)
            label = f"seed {seed}, B={users}, L={length}, P={positives}"
            whole = ALL_ITEMS + (ONE_POSITIVE if positives == 1 else ())
            for name, settings in whole:
                yield loss_case(name, label, settings, data)
            for shape in ((9,), (users, 6), (users, length, 4)):
                negatives = torch.randint(ITEMS, shape)
                for name, settings in SAMPLED:
                    if settings.get("negative_labels_ignore_index") == ITEMS:
                        negatives = negatives.masked_fill(torch.rand(shape) < 0.3, ITEMS)
                    given = {**data, "negative_labels": negatives}
                    yield loss_case(name, f"{label}, N={shape}", settings, given)
                    negatives = negatives.clamp(max=ITEMS - 1)
                upper = {**data, "negative_labels": HALF + negatives % (ITEMS - HALF)}
                upper["positive_labels"] = data["positive_labels"] % HALF
                for name, settings in DISJOINT:
                    yield loss_case(name, f"{label}, N={shape}, disjoint", settings, upper)


def labels(users, length, positives):
    """Distinct positives at every position; those that do not count repeat the first."""
    scores = torch.rand(users, length, ITEMS)
    chosen = scores.topk(positives, -1).indices
    mask = padding_mask(users, length)[:, :, None] & (torch.rand(users, length, positives) < 0.7)
    mask[..., 0] = padding_mask(users, length)
    chosen = torch.where(mask, chosen, chosen[..., :1])
    return {
        "model_embeddings": torch.randn(users, length, DIM),
        "positive_labels": chosen,
        "target_padding_mask": mask,
        "padding_mask": mask[..., 0],
        "sample_weight": torch.rand(users, length, positives) + 0.5,
    }


def loss_case(name, label, settings, data, make=None):
    make = make or LINED_UP.get(name, getattr(reference, name))
    given, data = data, plain(data)
    stored = torch.randn(ITEMS + 1, DIM)
    table = stored.double().requires_grad_()
    hidden = data["model_embeddings"].double().requires_grad_()

    def logits(states, ids=None):
        return HEAD(states, table[:-1] if ids is None else table[ids])

    loss = make(**settings).double()
    loss.logits_callback = logits
    output = loss(
        model_embeddings=hidden,
        feature_tensors={"sample_weight": data["sample_weight"].double()},
        positive_labels=data["positive_labels"],
        negative_labels=data.get("negative_labels"),
        padding_mask=data["padding_mask"],
        target_padding_mask=data["target_padding_mask"],
    )
    output.sum().backward()
    return case(
        name,
        label,
        settings=settings,
        inputs=given,
        table=stored,
        output=output,
        gradients={"hidden": hidden.grad, "table": table.grad},
    )


class CEWeighted(reference.CEWeighted):
    """The reference's weighted loss with its weights lined up, position by position."""

    def forward(self, feature_tensors, target_padding_mask, **labels):
        ones = {self.feature_name: torch.ones(())}
        parts = reference.CE.forward(
            self, feature_tensors=ones, target_padding_mask=target_padding_mask, **labels
        )
        weighted = parts * feature_tensors[self.feature_name].flatten()
        return weighted.sum() / target_padding_mask.sum()


LINED_UP = {"CEWeighted": CEWeighted}


def scalable(seed):
    mask = padding_mask(4, 7)
    for mix_x in (False, True):
        for visible in (None, torch.rand(4, 7) < 0.3):
            settings = {"n_buckets": 3, "bucket_size_x": 6, "bucket_size_y": 9, "mix_x": mix_x}
            hidden = torch.randn(4, 7, DIM).requires_grad_()
            table = torch.randn(ITEMS, DIM).requires_grad_()
            labels = torch.randint(ITEMS, (4, 7))
            torch.manual_seed(seed)
            loss = ScalableCrossEntropyLoss(SCEParams(**settings))
            output = loss(hidden, labels, table, mask, visible)
            output.backward()
            yield case(
                "ScalableCrossEntropyLoss",
                f"seed {seed}, mix_x={mix_x}, tokens_mask={visible is not None}",
                settings=settings,
                seed=seed,
                inputs={
                    "embeddings": hidden,
                    "positive_labels": labels,
                    "all_embeddings": table,
                    "padding_mask": mask,
                    "tokens_mask": visible,
                },
                output=output,
                gradients={"hidden": hidden.grad, "table": table.grad},
            )
