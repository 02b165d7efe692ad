"""`seqrec plan`; torch is imported only when it runs."""

from typing import Annotated, Any

import typer

from seqrec_core.agreement import check_agreement
from seqrec_core.cli.options import Set, SpecPath
from seqrec_core.session import load_resolved, registry

_CLUSTER = "Many events and devices"


def _cluster(help: str) -> Any:
    return typer.Option(help=help, rich_help_panel=_CLUSTER, metavar="NUMBER")


def plan(
    spec: SpecPath,
    set: Set = None,
    memory: Annotated[
        str | None, typer.Option(help="Say whether it fits, or else what would: 8GB, 500MB, 16GiB.")
    ] = None,
    real: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="Share of a batch that is no padding; 1 is the worst."),
    ] = 1.0,
    items: Annotated[str | None, _cluster("Items, instead of the schema's: 1e7.")] = None,
    events: Annotated[str | None, _cluster("Events of the data: 5e9, 5G, 5_000_000_000.")] = None,
    users: Annotated[str | None, _cluster("Users of the data, with --events.")] = None,
    devices: Annotated[str | None, _cluster("Devices that train together [1].")] = None,
    device_memory: Annotated[str | None, _cluster("Memory of a device: 80GB.")] = None,
    network: Annotated[
        str | None, _cluster("Bytes a second between devices, of each: 12.5GB.")
    ] = None,
    sequences_per_second: Annotated[
        str | None, _cluster("What `seqrec fit` prints as seq/s on one device of yours.")
    ] = None,
    users_per_second: Annotated[
        str | None, _cluster("Users that `seqrec predict` scores a second on one device.")
    ] = None,
    price: Annotated[str | None, _cluster("Price of a device for an hour.")] = None,
    epochs: Annotated[str | None, _cluster("Epochs of the training [1].")] = None,
    kcore_rounds: Annotated[
        str | None, _cluster("Rounds of dropping rare users and items.")
    ] = None,
    raw_bytes: Annotated[str | None, _cluster("Bytes an event of your files.")] = None,
    prepared_bytes: Annotated[
        str | None, _cluster("Bytes an event of a folder that you prepared.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Predict memory and work of a training step; exit 1 where it does not fit --memory.

    With --events and --users also storage, shuffles, hours and money of the whole.
    """
    from seqrec_core.terminal import console

    recipe = load_resolved(spec, set or []).recipe  # faults come before slow imports
    check_agreement(recipe, registry)
    from seqrec_tool_plan.plan import plan as run

    options = {
        "items": items,
        "events": events,
        "users": users,
        "devices": devices,
        "device_memory": device_memory,
        "network": network,
        "sequences_per_second": sequences_per_second,
        "users_per_second": users_per_second,
        "price": price,
        "epochs": epochs,
        "kcore_rounds": kcore_rounds,
        "raw_bytes": raw_bytes,
        "prepared_bytes": prepared_bytes,
    }
    if not run(spec, set or [], memory, real, options, json, console()):
        raise typer.Exit(1)
