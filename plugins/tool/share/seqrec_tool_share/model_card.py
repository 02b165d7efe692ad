"""The page of a bundle, in Markdown with the front matter that hubs read."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqrec_core.bundle import Bundle
from seqrec_core.places import shown

__all__ = ["CARD", "model_card"]

CARD = "README.md"
_BASELINE = "popularity/"
_LEFT_OUT = ("components", "distributions", "files", "digest", "trackers")


def model_card(bundle: str | Path, uri: str | None = None) -> str:
    """What the run says of itself: model, data, metrics beside popularity, code, how to use it.

    Values that others chose stand in JSON or in code; `uri` is where it can be had. The folder of
    the data is left out, which is the author's own, and so are trackers, which may hold secrets.
    """
    run = Bundle.open(bundle)
    lock, place = run.lock, shown(uri or "PLACE")
    model = _name(lock["model"]["type"])
    metrics = dict(_pairs(run.metrics))
    data = {key: value for key, value in (lock.get("data") or {}).items() if key != "folder"}
    spec = {key: value for key, value in lock.items() if key not in _LEFT_OUT} | {"data": data}
    sections = (
        _front_matter(model, metrics),
        f"# {_code(model)}, a sequential recommender\n",
        "Made with [seqrec](https://pypi.org/project/seqrec-core/): it ranks the items of a "
        "catalogue for a user's history.\n",
        "## Use it\n",
        _block("sh", f"seqrec pull {place} run\nseqrec recommend run ITEM ITEM"),
        _block("python", _PYTHON.format(place=json.dumps(place))),
        "`seqrec pull` compares each file with its digest in the lock; no code of it is run.\n",
        "## Data\n",
        "\n".join(_facts(lock)) + "\n",
        "## Metrics\n",
        "\n".join(_rows(metrics)) if metrics else "None were stored: run `seqrec evaluate`.",
        "\n## Spec\n",
        _block("json", json.dumps(spec, indent=2)),
        "## Code\n",
        "\n".join(_versions(lock)),
    )
    return "\n".join(sections) + "\n"


_PYTHON = """from seqrec_core import Bundle

bundle = Bundle.load({place})
model = bundle.serving().model"""


def _name(component: str) -> str:
    """The name without its distribution."""
    return component.rpartition(":")[2]


def _pairs(metrics: Mapping[str, float]) -> Iterator[tuple[str, tuple[float, float | None]]]:
    """Each metric of the model, and that of popularity."""
    for name, value in metrics.items():
        split, _, metric = name.rpartition("/")
        if split and not name.endswith("/") and _BASELINE not in name:
            yield name, (value, metrics.get(f"{split}/{_BASELINE}{metric}"))


def _front_matter(model: str, metrics: Mapping[str, tuple[float, float | None]]) -> str:
    """JSON is YAML: strings in quotes, whatever is in them."""
    results = [
        {"type": name.rpartition("/")[2], "name": name, "value": round(value, 6)}
        for name, (value, _) in metrics.items()
    ]
    index = {
        "name": model,
        "results": [
            {
                "task": {"type": "sequential-recommendation"},
                "dataset": {"type": "private", "name": "the data of the run"},
                "metrics": results,
            }
        ],
    }
    fields = {"library_name": "seqrec", "tags": ["seqrec", "sequential-recommendation", model]}
    entries = fields | ({"model-index": [index]} if results else {})
    lines = (f"{name}: {json.dumps(value)}" for name, value in entries.items())
    return "\n".join(["---", *lines, "---", ""])


def _facts(lock: Mapping[str, Any]) -> Iterator[str]:
    yield "| feature | type | role | ids |\n|---|---|---|---|"
    for feature in lock["schema"]["features"]:
        cells = (feature.get(key) for key in ("name", "type", "hint", "cardinality"))
        yield "| " + " | ".join("" if cell is None else _code(cell) for cell in cells) + " |"


def _rows(metrics: Mapping[str, tuple[float, float | None]]) -> Iterator[str]:
    yield "| metric | model | popularity |\n|---|---|---|"
    for name, (value, baseline) in metrics.items():
        other = "" if baseline is None else f"{baseline:.4f}"
        yield f"| {_code(name)} | {value:.4f} | {other} |"


def _versions(lock: Mapping[str, Any]) -> Iterator[str]:
    yield "| distribution | version |\n|---|---|"
    for name, entry in lock.get("distributions", {}).items():
        yield f"| {_code(name)} | {_code(entry['version'])} |"


def _code(value: Any) -> str:
    """A value as code in a table, whatever is in it."""
    text = json.dumps(value)[1:-1] if isinstance(value, str) else str(value)
    return "`" + text.replace("`", "'").replace("|", "¦") + "`"


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"
