"""What is known of a run, read from its folder without torch; as plain data and as tables."""

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from safetensors import SafetensorError, safe_open

from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.errors import BundleError, SpecError
from seqrec_core.reading.json_text import text_of_file, value_of_text
from seqrec_core.session import DEFAULT, Session, load_raw, load_resolved
from seqrec_core.terminal import table
from seqrec_tool_run.history_csv import HISTORY, read_rows
from seqrec_tool_run.metrics import TIMED, metrics_table, splits


def run_facts(path: Path, session: Session = DEFAULT) -> dict[str, Any]:
    """What the files of a run, or of another bundle, say; None for what they do not say.

    Works without the plugins of the run, as far as their names go. Raises BundleError for a folder
    that is none, or for a damaged file.
    """
    for name in (LOCK, WEIGHTS):
        if not (path / name).is_file():
            advice = "name the --out of a `seqrec fit`, or another bundle"
            raise BundleError(f"{path} is no run: it has no {name}; {advice}")
    metrics = Bundle.open(path, session).metrics
    lock = load_raw(path / LOCK, session)
    monitor = _monitor(path, session)
    try:
        return {
            "run": str(path),
            "model": lock["model"]["type"],
            "settings": dict(_settings(lock["model"])),
            "items": _items(lock["schema"]["features"]),
            "parameters": _parameters(path / WEIGHTS),
            "seed": lock.get("seed"),
            **_data(path, lock.get("data") or {}),
            **_history(path / HISTORY),
            "best_epoch": metrics.get("epoch"),
            "monitor": monitor,
            "best_value": metrics.get(
                f"validate/{monitor}", metrics.get(f"validate{TIMED}/{monitor}")
            ),
            "metrics": {name: value for name, value in metrics.items() if "/" in name},
            "postprocessors": [part["type"] for part in lock.get("postprocessors", ())],
            "trackers": [part["type"] for part in lock.get("trackers", ())],
            "lineage": _lineage(path / "lineage.json"),
            "distributions": dict(_distributions(lock.get("distributions", {}), session)),
            "bytes": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
            "written": _time(path / WEIGHTS),
        }
    except (AttributeError, KeyError, TypeError) as cause:
        raise BundleError(f"{path / LOCK} is damaged: {cause!r}; restore it") from cause


def facts_tables(facts: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The same for people: the run, its metrics by split, the code that it was made with."""
    rows = table("run", str(facts["run"]))
    for name, value in _lines(facts):
        rows.add_row(name, value)
    yield rows
    for split in splits(facts["metrics"]):
        yield metrics_table(facts["metrics"], split)
    code = table("distribution", "version", "installed", "code")
    for name, entry in facts["distributions"].items():
        code.add_row(name, entry["version"], entry["installed"] or "", entry["code"])
    if code.row_count:
        yield code


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = (f"{name} {value}" for name, value in facts["settings"].items())
    yield "model", facts["model"]
    yield "settings", ", ".join(settings)
    yield "parameters", f"{facts['parameters']:,}"
    if facts["items"] is not None:
        yield "items", f"{facts['items']:,}"
    yield "seed", str(facts["seed"])
    if facts["data"] is not None:
        yield "data", facts["data"] + ("" if facts["data_is_there"] else " (not there)")
    if facts["epochs"] is not None:
        yield "epochs", f"{facts['epochs']:g}, in {facts['seconds']:,.1f} seconds"
    elif facts["best_epoch"] is not None:
        yield "epochs", f"unknown, for {HISTORY} is missing"
    if facts["best_epoch"] is not None:
        value = facts["best_value"]
        best = "" if value is None else f", {facts['monitor']} {value:.4f}"
        yield "best epoch", f"{facts['best_epoch']:g}{best}"
    yield "postprocessors", ", ".join(facts["postprocessors"]) or "none"
    yield "trackers", ", ".join(facts["trackers"]) or "none"
    for update in facts["lineage"]:
        name = next((n for n in update["metrics_before"] if n.endswith(f"/{facts['monitor']}")), "")
        old, new = (update[f"metrics_{at}"].get(name) for at in ("before", "after"))
        change = "" if None in (old, new) else f", {name} {old:.4f}, then {new:.4f}"
        yield "updated", f"{update['when']}, from {update['bundle'][:19]}{change}"
    yield "on disk", f"{facts['bytes'] / 1e6:,.1f} MB, weights of {facts['written']}"


def _monitor(path: Path, session: Session) -> str | None:
    """The metric that chose the weights; None also where a plugin of the spec is missing."""
    try:
        trainer = load_resolved(path / LOCK, session=session, quietly=True).recipe.trainer
    except SpecError:
        return None
    return trainer.monitored() if trainer else None


def _settings(model: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Plain settings of a model, and the names of its parts."""
    for name, value in model.items():
        if isinstance(value, Mapping) and "type" in value:
            yield name, value["type"].partition(":")[2] or value["type"]
        elif name != "type" and isinstance(value, str | int | float):
            yield name, value


def _items(features: Any) -> int | None:
    counts = (feature["cardinality"] for feature in features if feature.get("hint") == "item_id")
    return next(counts, None)


def _parameters(path: Path) -> int:
    """Numbers in a file of weights: shared ones count once, buffers that models keep count too."""
    try:
        with safe_open(path, framework="np") as file:
            return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    except SafetensorError as cause:
        raise BundleError(f"{path} is damaged: {cause}; restore it") from cause


def _data(run: Path, module: Mapping[str, Any]) -> dict[str, Any]:
    if "folder" not in module:
        return {"data": None, "data_is_there": False}
    folder = (run / module["folder"]).resolve()
    return {"data": str(folder), "data_is_there": folder.is_dir()}


def _lineage(path: Path) -> list[dict[str, Any]]:
    """The updates that led to the run, as `seqrec update` writes them, oldest first."""
    if not path.is_file():
        return []
    updates: Any = value_of_text(text_of_file(path), str(path))
    keys = {"bundle", "when", "metrics_before", "metrics_after"}
    if not isinstance(updates, list) or not all(
        isinstance(update, dict) and keys <= update.keys() for update in updates
    ):
        raise BundleError(f"{path} is damaged: it is no list of updates; restore or remove it")
    return updates


def _history(path: Path) -> dict[str, Any]:
    rows = read_rows(path) if os.path.lexists(path) else []
    if not rows:
        return {"epochs": None, "seconds": None}
    return {"epochs": rows[-1]["epoch"], "seconds": sum(row.get("seconds", 0.0) for row in rows)}


def _distributions(
    locked: Mapping[str, Mapping[str, str]], session: Session
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each with the version of then and of now, and whether its code is the same."""
    for name, entry in locked.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            yield name, {"version": entry["version"], "installed": None, "code": "not installed"}
            continue
        same = session.registry.digest(name) == entry["digest"]
        code = "same" if same else "other"
        yield name, {"version": entry["version"], "installed": installed, "code": code}


def _time(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
