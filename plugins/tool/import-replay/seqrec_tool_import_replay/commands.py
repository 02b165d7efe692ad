"""`seqrec import-replay`; imports torch only when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from seqrec_core.places import here, local

__all__ = ["import_replay"]


def import_replay(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="State dict or Lightning checkpoint of RePlay.", metavar="CKPT", parser=local
        ),
    ],
    spec: Annotated[Path, typer.Option(help="Spec of the same model (JSON).", parser=local)],
    out: Annotated[Path, typer.Option(help="Directory of the bundle.", parser=here)],
    full_length: Annotated[
        bool,
        typer.Option(
            "--full-length",
            help="Every batch of the training had max_sequence_length positions; without it "
            "positions are counted from the left, as RePlay does.",
        ),
    ] = False,
) -> None:
    """Make a bundle of a SasRec or TwoTower that RePlay trained; it scores the same."""
    from seqrec_core.terminal import console
    from seqrec_tool_import_replay.importing import import_checkpoint

    bundle = import_checkpoint(checkpoint, spec, out, full_length)
    console().print(
        f"{bundle.path}: imported. A checkpoint does not record num_heads, activation and norms: "
        "they are those of the spec; check them.",
        highlight=False,
    )
