"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

from seqrec_core.places import local

__all__ = ["BundlePath", "Set", "SpecPath"]

SpecPath = Annotated[
    Path,
    typer.Argument(
        help="A spec file (JSON, TOML or YAML), or its URI.", metavar="SPEC", parser=local
    ),
]
BundlePath = Annotated[
    Path,
    typer.Argument(
        help="A run of `seqrec fit`, or another bundle, or its URI.", metavar="BUNDLE", parser=local
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a value first: model.dropout=0.5 (repeatable)."),
]
