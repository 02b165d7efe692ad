"""`seqrec export`; imports torch only when it runs."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from seqrec_core.cli.options import BundlePath
from seqrec_core.places import shown

__all__ = ["export"]


def export(
    bundle: BundlePath,
    to: Annotated[
        str | None, typer.Option(metavar="TARGET", help="A graph for: onnx, torch or openvino.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="Its file: .onnx, .pt2 or .xml, or its URI; others are put beside it.",
            metavar="FILE",
        ),
    ] = None,
    embeddings: Annotated[
        str | None,
        typer.Option(
            help="Folder for the embeddings, as parquet, or its URI, in place of --to.",
            metavar="FOLDER",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="With --embeddings: a data folder, or its URI, for its users.", metavar="FOLDER"
        ),
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Leave the postprocessors, such as filters, out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
    ] = False,
) -> None:
    """Write a bundle as a graph from histories to the best items, or its embeddings.

    The graph is compared with the bundle, on sample histories, before it is kept.
    """
    if embeddings is not None:
        if to is not None or out is not None or keep_seen:
            raise typer.BadParameter(
                "goes without --to, --out, --keep-seen", param_hint="--embeddings"
            )
        _embeddings(bundle, embeddings, data, as_json, trust)
        return
    if to is None:
        raise typer.BadParameter("missing; or give --embeddings", param_hint="--to")
    if out is None:
        raise typer.BadParameter("missing: the file to write", param_hint="--out")
    if data is not None:
        raise typer.BadParameter(
            "goes with --embeddings: a graph reads no data", param_hint="--data"
        )
    from seqrec_core.bundle import Bundle
    from seqrec_tool_export.graph_file import export_graph, target_of

    target_of(to, out)  # faults come before slow work
    description = export_graph(Bundle.load(bundle, trust=trust), to, out, keep_seen=keep_seen)
    if as_json:
        print(json.dumps({"file": shown(out), **description}, indent=2))
    else:
        _show(description, out)


def _show(description: dict[str, Any], out: str) -> None:
    """What was measured, and where the graph is."""
    from seqrec_core.terminal import console, echo, table

    rows = table("batch", "median ms", "p95 ms", "torch median ms", "torch p95 ms", right=5)
    for row in description["latency"]:
        numbers = [f"{row[name]:.2f}" for name in row if name != "batch"]
        rows.add_row(str(row["batch"]), *numbers)
    console().print(rows)
    largest = description["largest_difference"]
    echo(f"largest difference to the bundle: {largest:.1g} of the largest score")
    inputs = ", ".join(each["name"] for each in description["inputs"])
    echo(f"{shown(out)}: {inputs} -> items, scores; read {Path(out).name}.json")


def _embeddings(bundle: Path, out: str, data: str | None, as_json: bool, trust: bool) -> None:
    from seqrec_core.terminal import echo
    from seqrec_tool_export.embedding_tables import export_embeddings

    rows = export_embeddings(bundle, out, data, trust=trust)
    folder = shown(out).rstrip("/")
    files = {
        name: {"file": f"{folder}/{name}.parquet", "rows": count} for name, count in rows.items()
    }
    if as_json:
        print(json.dumps(files, indent=2))
        return
    for name, file in files.items():
        echo(f"{file['rows']:,} {name}: {file['file']}")
