"""`seqrec recommend`; imports torch only when it runs."""

from pathlib import Path
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
    candidates: Annotated[
        Path | None,
        typer.Option(help="Items to choose from: one a line, or column item of a parquet file."),
    ] = None,
    keep_seen: Annotated[
        bool, typer.Option("--keep-seen", help="Recommend items of the history, too.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out items that the model does not know.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
    ] = False,
) -> None:
    """Recommend items for one history; the data folder is not needed."""
    from seqrec_core.terminal import console, table
    from seqrec_tool_recommend.candidate_list import candidate_list
    from seqrec_tool_recommend.recommender import Recommender

    recommender = Recommender.load(bundle, trust=trust)
    chosen = candidate_list(candidates, recommender.knows) if candidates else None
    [best] = recommender.recommend(
        [history], top_k, candidates=chosen, keep_seen=keep_seen, skip_unknown=skip_unknown
    )
    for what, items in (("the history", history), ("the candidates", chosen or ())):
        if unknown := sum(not recommender.knows(item) for item in items):
            print(f"{unknown} of {len(items)} items of {what} are unknown to the model: left out")
    rows = table("rank", "item", "score")
    for rank, (item, score) in enumerate(best, start=1):
        rows.add_row(str(rank), str(item), f"{score:.3f}")
    console().print(rows)
    if not best:
        print(
            "nothing is recommended: there is no candidate that the model knows and no filter drops"
        )
