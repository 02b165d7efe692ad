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
    trust: Annotated[
        bool, typer.Option("--trust", help="Let it name what lies outside of its folder.")
    ] = False,
) -> None:
    """Check each file of a bundle: as it was written, readable; exit code 2 where one is not.

    --json prints a list: of each file its name, its bytes, its fault or null, and how far it was
    looked at. The file "." is the folder, whose fault is what only --trust lets pass.
    """
    import attrs

    from seqrec_core.terminal import console, table
    from seqrec_tool_bundle.verification import file_states

    states = file_states(bundle, trust=trust)
    if as_json:
        print(json.dumps([attrs.asdict(state) for state in states], indent=2, ensure_ascii=False))
    else:
        rows = table("file", "bytes", "state")
        for state in states:
            rows.add_row(state.file, f"{state.bytes:,}", state.fault or state.note)
        console().print(rows)
    if any(state.fault for state in states):
        raise typer.Exit(2)
