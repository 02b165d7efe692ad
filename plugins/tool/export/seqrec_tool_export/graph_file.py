"""Writes a bundle as a graph, checks what was written, and describes it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from seqrec_core.bundle import LOCK, Bundle
from seqrec_core.digests import file_digest
from seqrec_core.errors import BundleError, SeqrecError
from seqrec_core.places import delivered, expanded, is_remote, local
from seqrec_core.whole_files import write_json
from seqrec_tool_export.export_targets import TARGETS, Target
from seqrec_tool_export.graph_inputs import GraphInputs
from seqrec_tool_export.parity import Bundled, check_parity, latencies
from seqrec_tool_export.programs import hushed, traced

__all__ = ["export_graph", "target_of"]

FORMAT = 1


def target_of(name: str, out: str | Path) -> Target:
    """The target of this name; SeqrecError for none, for a file of another, or what is missing."""
    if name not in TARGETS:
        raise SeqrecError(f"--to {name!r} is no target; choose {', '.join(TARGETS)}")
    target = TARGETS[name]
    if not is_remote(out) and local(out).is_dir():
        raise SeqrecError(f"{out} is a folder; name a file in it, such as model{target.suffix}")
    if PurePath(out).suffix.lower() != target.suffix:
        raise SeqrecError(f"{out}: a file for {name} ends in {target.suffix}; name it so")
    target.check()
    return target


def export_graph(
    bundle: Bundle, to: str, out: str | Path, *, keep_seen: bool = False, calls: int = 50
) -> dict[str, Any]:
    """Writes the graph of a bundle, its description `OUT.json` and `OUT.items.parquet`.

    `out` is a path or a URI.
    Returns the description, with the parity and the latency that were measured. Nothing is
    written where the graph answers otherwise than the bundle: BundleError.
    """
    target = target_of(to, out)
    serving = bundle.serving()
    inputs = GraphInputs(serving)
    chosen: Sequence[Any] = () if keep_seen else serving.postprocessors
    program = traced(serving, inputs, chosen)
    bundled = Bundled(bundle, keep_seen)  # of another model: tracing changes that one
    length = serving.spec.history_length()
    place = expanded(out) if is_remote(out) else str(local(out))
    beside = None if is_remote(place) else Path(place).parent
    if beside is not None:
        beside.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=beside, prefix=".export-") as folder:
        draft, name = Path(folder), PurePath(place).name
        with _explained(to):
            with hushed():
                target.write(program, inputs.names, draft / name)
                run = target.runner(draft / name, inputs.names)
            parity = check_parity(run, bundled, inputs, length)
        measured = latencies(run, bundled, inputs, length, calls)
        del run  # which may hold the file open
        description = _description(bundle, to, inputs) | {
            "items": f"{name}.items.parquet",
            "length": length,
            "postprocessors": [type(each).__name__ for each in chosen],
            "files": {path.name: file_digest(path) for path in sorted(draft.iterdir())},
            "largest_difference": parity,
            "latency": measured,
        }
        pq.write_table(serving.items, draft / f"{name}.items.parquet")
        write_json(draft / f"{name}.json", description)
        _deliver(draft, place)
    return description


def _deliver(draft: Path, place: str) -> None:
    """Puts the files of a draft where the graph is to be, the graph itself last."""
    name = PurePath(place).name
    for path in sorted(draft.iterdir(), key=lambda path: path.name == name):
        with delivered(place.removesuffix(name) + path.name, anew=True) as file:
            shutil.move(path, file)


@contextmanager
def _explained(to: str) -> Iterator[None]:
    """BundleError, of one sentence, where a runtime does not take the graph."""
    try:
        yield
    except SeqrecError:
        raise
    except Exception as cause:
        said = str(cause).strip().split("\n")[0]
        raise BundleError(
            f"{to} does not take the graph of this bundle: {type(cause).__name__}: {said}; "
            "choose another with --to"
        ) from cause


def _description(bundle: Bundle, to: str, inputs: GraphInputs) -> dict[str, Any]:
    """What a consumer needs to know of the graph."""
    return {
        "format": FORMAT,
        "target": to,
        "bundle": file_digest(bundle.path / LOCK),
        "inputs": inputs.described(),
        "outputs": [
            {"name": "items", "type": "int64", "shape": ["B", "k"], "padding": -1},
            {"name": "scores", "type": "float32", "shape": ["B", "k"]},
        ],
        "item_count": inputs.count,
        "encodings": {
            name: entry
            for name, entry in bundle.features.items()
            if name in {feature.name for feature in inputs.features}
        },
    }
