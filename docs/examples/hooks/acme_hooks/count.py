"""`seqrec count SPEC`: how many parameters a model has, and how many are trained."""

from pathlib import Path
from typing import Annotated

import typer


def count(spec: Annotated[Path, typer.Argument(help="A spec file (JSON).")]) -> None:
    """Count the parameters of a spec's model."""
    from seqrec_core import build, load

    model = build(load(spec), device="meta")  # no memory for weights
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    trained = sum(size for size, is_trained in sizes if is_trained)
    print(f"{sum(size for size, _ in sizes):,} parameters, {trained:,} of them trained")
