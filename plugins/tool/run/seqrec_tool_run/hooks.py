"""Adds `seqrec plan`, `fit`, `evaluate` and `predict`; imports torch only when one of them runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from seqrec_core.errors import Fault, SpecError
from seqrec_core.hooks import hookimpl
from seqrec_core.loading import load_resolved
from seqrec_core.recipe import Recipe
from seqrec_core.schema import FeatureHint
from seqrec_trainer_lightning.specs import LightningTrainerSpec

BundlePath = Annotated[Path, typer.Argument(help="A run of `seqrec fit`, or another bundle.")]
SpecPath = Annotated[Path, typer.Argument(help="A spec file (JSON).", metavar="SPEC")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a value first: trainer.max_epochs=5 (repeatable)."),
]
Data = Annotated[
    Path | None, typer.Option(help="Prepared data in place of the folder of the training.")
]


@hookimpl
def seqrec_cli(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("plan")(plan)
    app.command("fit")(fit)
    app.command("evaluate")(evaluate)
    app.command("predict")(predict)


def plan(
    spec: SpecPath,
    set: Set = None,
    memory: Annotated[
        str | None, typer.Option(help="Say whether it fits, or else what would: 8GB, 500MB, 16GiB.")
    ] = None,
    real: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="Share of a batch that is no padding; 1 is the worst."),
    ] = 1.0,
) -> None:
    """Predict memory and work of a training step; exit 1 where it does not fit --memory."""
    from seqrec_core.terminal import console

    load_resolved(spec, set or [])  # faults come before slow imports
    from seqrec_trainer_lightning.plan import plan as run

    if not run(spec, set or [], memory, real, console()):
        raise typer.Exit(1)


@hookimpl
def seqrec_spec_resolved(recipe: Recipe) -> None:
    """Raises SpecError where padding shifts item ids: column j of the logits must be item j."""
    if not isinstance(recipe.trainer, LightningTrainerSpec):
        return
    for index, feature in enumerate(recipe.schema.features):
        padding = feature.padding_value
        if feature.hint is FeatureHint.ITEM_ID and padding not in (None, feature.cardinality):
            path = f"schema.features[{index}].padding_value"
            message = (
                f"is {padding}; metrics and recommendations need the items 0 to "
                f"{(feature.cardinality or 0) - 1} and padding after them: remove it, and count "
                "items from 0"
            )
            raise SpecError([Fault(path, message)])


def fit(
    spec: SpecPath,
    out: Annotated[Path, typer.Option(help="Directory of the run; it becomes a bundle.")],
    set: Set = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if there is one.")
    ] = False,
) -> None:
    """Train the model of a spec; keep the best weights, logs and a report."""
    from seqrec_core.terminal import console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    from seqrec_trainer_lightning.fit import fit as run

    if not run(recipe, out, resume, console()):
        raise typer.Exit(130)


def evaluate(
    bundle: BundlePath,
    data: Data = None,
    split: Annotated[
        Literal["validate", "test"], typer.Option(help="Which users to evaluate on.")
    ] = "test",
) -> None:
    """Rank the whole catalogue; show metrics beside the popularity baseline."""
    from seqrec_core.terminal import console
    from seqrec_trainer_lightning.evaluate import evaluate as run

    run(bundle, data, split, console())


def predict(
    bundle: BundlePath,
    out: Annotated[Path, typer.Option(help="Parquet file: user, item, rank, score.")],
    data: Data = None,
    top_k: Annotated[int, typer.Option(min=1, help="Items for each user.")] = 10,
    candidates: Annotated[
        Path | None, typer.Option(help="Only these items: one a line, or parquet column item.")
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items that the user has seen, too.")
    ] = False,
) -> None:
    """Recommend items to every user, in the ids of the data."""
    from seqrec_core.terminal import console
    from seqrec_trainer_lightning.predict import predict as run

    run(bundle, data, out, top_k, candidates, keep_seen, console())
