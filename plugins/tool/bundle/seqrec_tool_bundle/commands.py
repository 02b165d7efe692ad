"""`seqrec bundle verify`; imports no torch."""

import json
from typing import Annotated

import typer

from seqrec_core.cli.options import BundlePath

__all__ = ["HELP", "verify"]

HELP = "See whether bundles are whole."


def verify(
    bundle: BundlePath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Check each file of a bundle: as it was written, readable; exit code 2 where one is not."""
    import attrs

    from seqrec_core.terminal import console, table
    from seqrec_tool_bundle.verification import file_states

    states = file_states(bundle)
    if as_json:
        print(json.dumps([attrs.asdict(state) for state in states], indent=2, ensure_ascii=False))
    else:
        rows = table("file", "bytes", "state")
        for state in states:
            rows.add_row(state.file, f"{state.bytes:,}", state.fault or state.note)
        console().print(rows)
    if any(state.fault for state in states):
        raise typer.Exit(2)
