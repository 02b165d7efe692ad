"""`seqrec push` and `seqrec pull`; they import no torch, and run nothing of what they carry."""

import json
from typing import Annotated

import typer

from seqrec_core.cli.options import BundlePath
from seqrec_core.places import shown
from seqrec_core.terminal import echo

__all__ = ["pull", "push"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Let the bundle name what is outside of its folder.")
]


def push(
    bundle: BundlePath,
    uri: Annotated[
        str | None,
        typer.Argument(help="hf://owner/name[@revision], s3://…, another URI, or a folder."),
    ] = None,
    card_only: Annotated[
        bool, typer.Option("--card-only", help="Print the model card; send nothing.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Where a repository of a hub is made for it.")
    ] = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Send a bundle with a model card, once its files are as they were written; look again there.

    A README.md in the bundle goes as the card. Checkpoints and logs stay here.
    """
    from seqrec_tool_share.model_card import model_card
    from seqrec_tool_share.sharing import push as send

    if card_only:
        print(model_card(bundle, uri), end="")
        return
    if uri is None:
        raise typer.BadParameter("missing; name where to, or say --card-only", param_hint="'URI'")
    sizes = send(bundle, uri, private=private, trust=trust)
    _say("pushed", uri, sizes, as_json)
    if not as_json:
        echo(f"next: seqrec pull {shown(uri)} run")


def pull(
    uri: Annotated[
        str, typer.Argument(help="hf://owner/name[@revision], s3://…, another URI, or a folder.")
    ],
    out: Annotated[str, typer.Argument(help="Folder for the bundle, which is not there yet.")],
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a bundle, and keep it only if each file is as its lock says."""
    from seqrec_core.places import local
    from seqrec_tool_share.sharing import pull as fetch

    _say("pulled", str(local(out)), fetch(uri, local(out), trust=trust), as_json)


def _say(verb: str, place: str, sizes: dict[str, int], as_json: bool) -> None:
    if as_json:
        print(json.dumps({verb: shown(place), "files": sizes}, indent=2))
    else:
        total = sum(sizes.values())
        echo(f"{verb}: {shown(place)}, {len(sizes)} files, {total:,} bytes, all as written")
