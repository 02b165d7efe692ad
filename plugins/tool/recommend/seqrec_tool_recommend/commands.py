"""`seqrec recommend`; imports torch only when it runs."""

from typing import Annotated

import typer

from seqrec_core.cli.options import BundlePath

__all__ = ["recommend"]


def recommend(
    bundle: BundlePath,
    history: Annotated[
        list[str], typer.Argument(help="Items in the ids of the data, oldest first.")
    ],
    top_k: Annotated[int, typer.Option(min=1, help="Number of items.")] = 10,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items of the history, too.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out items that the model does not know.")
    ] = False,
) -> None:
    """Recommend items for one history; the data folder is not needed."""
    from seqrec_core.terminal import console, table
    from seqrec_tool_recommend.recommender import Recommender

    [best] = Recommender.load(bundle).recommend(
        [history], top_k, keep_seen=keep_seen, skip_unknown=skip_unknown
    )
    rows = table("rank", "item", "score")
    for rank, (item, score) in enumerate(best, start=1):
        rows.add_row(str(rank), str(item), f"{score:.3f}")
    console().print(rows)
