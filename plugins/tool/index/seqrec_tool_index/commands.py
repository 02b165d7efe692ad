"""`seqrec index`; imports torch only when it runs."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from seqrec_core.cli.options import BundlePath
from seqrec_core.places import delivered, local

__all__ = ["index"]


def index(
    bundle: BundlePath,
    out: Annotated[
        str, typer.Option(help="Folder of the index, or its URI; an index there is replaced.")
    ],
    kind: Annotated[
        Literal["ivf", "hnsw", "flat", "int8"],
        typer.Option(
            help="Cells of items, built soonest; a graph of items; all items, exactly; or all "
            "items in 8 bits a number, a quarter of the size."
        ),
    ] = "ivf",
    recall: Annotated[
        float, typer.Option(min=0.01, max=1, help="Search until this share of the best is found.")
    ] = 0.98,
    recall_users: Annotated[
        int, typer.Option(min=2, help="Users whose histories measure what is found.")
    ] = 512,
    data: Annotated[
        Path | None,
        typer.Option(help="Data folder with these users; by default the bundle's.", parser=local),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Index the items of a bundle, to find the best of very many sooner; say what it misses."""
    from json import dumps

    from seqrec_core.bundle import Bundle
    from seqrec_core.terminal import echo
    from seqrec_tool_index.index_bundle import index_bundle

    with delivered(out) as folder:
        measured = index_bundle(
            Bundle.load(bundle, trust=trust),
            folder,
            kind,
            target=recall,
            users=recall_users,
            data=data,
            say=lambda line: echo(line, error=True),
        )
    if json:
        print(dumps(measured, indent=2))
        return
    _print(measured)
    echo(f"index: {out}; use it with `seqrec recommend {bundle} … --index {out}`")


def _print(measured: dict[str, Any]) -> None:
    """The table of both ways, and what the index is."""
    from seqrec_core.terminal import console, table

    times, share = measured["latency_ms"], measured["recall@10"]
    whose = "users of predict" if measured["histories"] == "predict" else "random histories"
    rows = table("items are found by", "recall@10", "1 user, ms", "64 users, ms", "MB", right=4)
    for name, key, recall, size in (
        ("all scores", "exact", "1", measured["table_bytes"]),
        (f"index {measured['kind']}", "index", f"{share:.4f}", measured["bytes"]),
    ):
        milliseconds = (f"{times[key][users]:.2f}" for users in ("1", "64"))
        rows.add_row(name, recall, *milliseconds, f"{size / 1e6:.1f}")
    console().print(rows)
    whose = (
        "of the predict split" if measured["histories"] == "predict" else "with random histories"
    )
    print(
        f"{measured['items']:,} items of {measured['dim']} dimensions, built in "
        f"{measured['build_seconds']:.1f} s; {measured['users']:,} {whose}"
    )
    if "own_recall@10" in measured:
        print(
            f"its own scores: recall@10 {measured['own_recall@10']:.4f}, off by at most "
            f"{measured['largest_score_difference']:.2g}; what is recommended is scored anew"
        )
