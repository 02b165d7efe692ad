"""`seqrec recommend`; imports torch only when it runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqrec_core.cli.options import BundlePath
from seqrec_core.places import local

if TYPE_CHECKING:
    from seqrec_tool_recommend.recommender import Recommender

__all__ = ["recommend"]


def recommend(
    bundle: BundlePath,
    history: Annotated[
        list[str],
        typer.Argument(
            help="Items in the ids of the data, oldest first; or events, as JSON, where the model "
            'reads more of them: {"item": 50, "timestamp": "2026-01-31T12:00"}.'
        ),
    ],
    top_k: Annotated[int, typer.Option(min=1, help="Number of items.")] = 10,
    at: Annotated[
        str | None,
        typer.Option(help="Time of the request, for models that read it: seconds, or a date."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help='Features of the user, as JSON: {"age": 30}.')
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option(
            parser=local,
            metavar="FILE",
            help="Items to choose from: one a line, or column item of a parquet file.",
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="Folder of `seqrec index`, which finds items sooner.", parser=local),
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
    json: Annotated[
        bool, typer.Option("--json", help="Print items and scores as JSON, for scripts.")
    ] = False,
) -> None:
    """Recommend items for one history; the data folder is not needed."""
    from json import dumps

    from seqrec_core.terminal import console, echo, table
    from seqrec_tool_recommend.candidate_list import candidate_list
    from seqrec_tool_recommend.event_text import read_event, read_object
    from seqrec_tool_recommend.recommender import Recommender

    recommender = Recommender.load(bundle, trust=trust, index=index)
    events = [read_event(text) for text in history]
    users = [read_object(user, "--user")] if user else None
    chosen = candidate_list(candidates, recommender.knows) if candidates else None
    [best] = recommender.recommend(
        [events],
        top_k,
        at=at,
        users=users,
        candidates=chosen,
        keep_seen=keep_seen,
        skip_unknown=skip_unknown,
    )
    for line in _unknown(recommender, events, users, chosen):
        echo(line, error=json)
    if json:
        print(dumps([each._asdict() for each in best], default=str))
        return
    rows = table("rank", "item", "score")
    for rank, (item, score) in enumerate(best, start=1):
        rows.add_row(str(rank), str(item), f"{score:.3f}")
    console().print(rows)
    if not best:
        print(
            "nothing is recommended: there is no candidate that the model knows and no filter drops"
        )


def _unknown(
    recommender: "Recommender",
    events: list[Any],
    users: list[dict[str, Any]] | None,
    candidates: Sequence[Any] | None,
) -> Iterator[str]:
    """Which items and categories the model does not know, a line for each kind."""
    from seqrec_tool_recommend.event_histories import item_of

    items_of_events = [item_of(event) for event in events]
    for what, items in (("the history", items_of_events), ("the candidates", candidates or ())):
        if unknown := sum(not recommender.knows(item) for item in items):
            yield f"{unknown} of {len(items)} items of {what} are unknown to the model: left out"
    for name, values in recommender.unknown_values(events, *(users or ())).items():
        listed = ", ".join(sorted({repr(value) for value in values}))
        yield f"{len(values)} of {name} not in the data, {listed}: missing, to the model"
