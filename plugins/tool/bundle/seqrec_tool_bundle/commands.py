"""`seqrec bundle verify` and `requirements`; they import no torch."""

import json
from typing import Annotated

import typer

from seqrec_core.cli.options import BundlePath

__all__ = ["HELP", "requirements", "verify"]

HELP = "See whether bundles are whole, and what they need."


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


def requirements(
    bundle: BundlePath,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only what answers need: no trainer, no data module.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Print a requirements.txt: the distributions of a bundle's lock, by their versions there.

    The core and torch, which a lock does not name, have the versions that are installed. --json
    prints a list of names and versions.
    """
    import attrs

    from seqrec_core.bundle import Bundle
    from seqrec_core.printable import echo
    from seqrec_tool_bundle.lock_requirements import pins, without_distribution

    opened = Bundle.open(bundle)
    rows = pins(opened, to_serve=serve)
    if strays := without_distribution(opened):
        names = ", ".join(strays)
        echo(f"note: no distribution brings {names}; install their code as well", error=True)
    if as_json:
        print(json.dumps([attrs.asdict(row) for row in rows], indent=2))
    else:
        print(*rows, sep="\n")
