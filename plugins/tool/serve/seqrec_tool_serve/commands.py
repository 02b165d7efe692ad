"""`seqrec serve`; imports torch and FastAPI only when it runs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqrec_core.errors import SeqrecError
from seqrec_core.places import here, is_remote, local, shown

if TYPE_CHECKING:
    from seqrec_tool_serve.served_bundle import ServedBundle

__all__ = ["serve"]


def serve(
    bundle: Annotated[
        str,
        typer.Argument(
            help="A run of `seqrec fit`, or another bundle, or its URI.", metavar="BUNDLE"
        ),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 for any free one.")] = 8000,
    port_file: Annotated[
        Path | None,
        typer.Option(
            help="File to write the port to, as soon as questions are answered there.", parser=here
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="Folder of `seqrec index`, which finds items sooner.", parser=local),
    ] = None,
    titles: Annotated[
        str | None,
        typer.Option(help="Table with titles, CSV or parquet: FILE:ID_COLUMN:TITLE_COLUMN."),
    ] = None,
    token_env: Annotated[
        str | None, typer.Option(help="Variable with the token that clients must send.")
    ] = None,
    reload_token_env: Annotated[
        str | None, typer.Option(help="Variable with the token of POST /reload alone.")
    ] = None,
    watch: Annotated[
        float | None,
        typer.Option(min=0.05, help="Look every so many seconds for a new bundle in the folder."),
    ] = None,
    max_history: Annotated[int, typer.Option(min=1, help="Events of a history.")] = 1_000,
    max_top_k: Annotated[int, typer.Option(min=1, help="Items of an answer.")] = 1_000,
    max_candidates: Annotated[
        int, typer.Option(min=1, help="Items that one question may name to choose from.")
    ] = 10_000,
    max_questions: Annotated[
        int, typer.Option(min=1, help="Questions of one POST /recommend/batch.")
    ] = 256,
    max_body: Annotated[int, typer.Option(min=1, help="Bytes of a request.")] = 1 << 20,
    max_queue: Annotated[int, typer.Option(min=1, help="Questions that wait.")] = 1_024,
    max_batch: Annotated[int, typer.Option(min=1, help="Questions answered together.")] = 64,
    batch_wait_ms: Annotated[
        float, typer.Option(min=0, help="How long the first question waits for others.")
    ] = 2.0,
    timeout_s: Annotated[
        float, typer.Option(min=0.01, help="Seconds until a question is given up.")
    ] = 10.0,
    grace_s: Annotated[
        float, typer.Option(min=0, help="Seconds to finish what runs when it is to stop.")
    ] = 10.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 1,
    reuse_port: Annotated[
        bool, typer.Option("--reuse-port", help="Let other processes listen there, too.")
    ] = False,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Write a line for each request.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Read what the bundle names outside of its folder.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Say where it listens as one line of JSON.")
    ] = False,
) -> None:
    """Recommend over HTTP, until SIGTERM or Ctrl-C; the data folder is not needed."""
    if watch is not None and is_remote(bundle):
        raise SeqrecError(
            f"{shown(bundle)}: a copy of it is served, which never changes; leave --watch out, and "
            "start another server for a new bundle, or copy bundles to a folder and watch that"
        )
    from seqrec_tool_serve.http_server import listening, log_to_stderr, serve_forever
    from seqrec_tool_serve.item_titles import titles_option
    from seqrec_tool_serve.port_file import PortFile
    from seqrec_tool_serve.questions import Limits
    from seqrec_tool_serve.served_bundle import BundleSource
    from seqrec_tool_serve.service import Service
    from seqrec_tool_serve.tokens import token_of
    from seqrec_tool_serve.web_app import web_app

    token = token_of(token_env, "--token-env")
    reload_token = token_of(reload_token_env, "--reload-token-env")
    source = BundleSource(
        local(bundle), titles_option(titles) if titles else None, trust=trust, index=index
    )
    limits = Limits(
        history=max_history,
        top_k=max_top_k,
        candidates=max_candidates,
        questions=max_questions,
        body=max_body,
        queue=max_queue,
        seconds=timeout_s,
    )
    with listening(host, port, reuse_port=reuse_port) as bound, PortFile(port_file) as at_port:
        service = Service(
            source,
            limits,
            max_batch=max_batch,
            batch_wait_s=batch_wait_ms / 1e3,
            threads=threads,
            watch_s=watch,
        )
        gate = web_app(service, token, reload_token)
        log_to_stderr("seqrec.serve", "uvicorn.access", "uvicorn.error")
        address: str = f"[{host}]" if ":" in host else host
        chosen = bound.getsockname()[1]
        url = f"http://{address}:{chosen}"

        def ready() -> None:
            _say(url, service.served, is_json=json)
            at_port.write(chosen)

        serve_forever(
            gate,
            bound,
            grace_s=grace_s,
            access_log=access_log,
            ready=ready,
        )


def _say(url: str, served: "ServedBundle", *, is_json: bool) -> None:
    """Tells that the service answers, and where."""
    from json import dumps

    from seqrec_core.terminal import echo

    facts: dict[str, Any] = {"url": url, **served.facts()}
    if is_json:
        print(dumps(facts), flush=True)
        return
    echo(f"{served.model} of {served.items:,} items answers at {url}, described at {url}/docs")
    sys.stdout.flush()
