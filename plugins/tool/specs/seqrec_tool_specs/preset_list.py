"""Every preset that is installed, as a table or as plain data."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SeqrecError
from seqrec_core.registry import Registry
from seqrec_tool_specs.presets import Preset, preset_points, read_preset

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["preset_rows", "preset_table"]


def preset_rows(registry: Registry) -> list[dict[str, Any]]:
    """A row for each preset; `fault` says why one cannot be used, and what to do about it."""
    return list(_rows(registry))


def _rows(registry: Registry) -> Iterator[dict[str, Any]]:
    for point in preset_points(registry):
        row = {"name": point.name, "distribution": point.distribution, "version": point.version}
        try:
            preset = read_preset(point, registry)
        except SeqrecError as error:
            yield row | {"fault": str(error)}
        else:
            yield row | _said(preset)


def _said(preset: Preset) -> dict[str, Any]:
    fields = ("data", "metric", "value", "source")
    results = [{name: getattr(each, name) for name in fields} for each in preset.published]
    return {"about": preset.about, "parameters": preset.parameters, "published": results}


def preset_table(rows: list[dict[str, Any]]) -> "Table":
    """The rows for a terminal of 80 columns or more."""
    from seqrec_core.terminal import table

    lines = table("preset", "size", "what it is, published results", "comes with")
    for row in rows:
        count = row.get("parameters")
        about = row.get("about") or f"cannot be used: {row['fault']}"
        said = "\n".join([about, *_results(row.get("published", ()))])
        lines.add_row(
            row["name"], "" if count is None else _short(count), said, row["distribution"]
        )
    lines.columns[0].no_wrap = lines.columns[1].no_wrap = True
    lines.columns[1].justify = "right"
    lines.columns[2].overflow = lines.columns[3].overflow = "fold"
    return lines


def _results(published: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A line for each source, with all that it says."""
    said: dict[str, list[str]] = {}
    for each in published:
        result = f"{each['data']} {each['metric']} {each['value']:g}"
        said.setdefault(each["source"], []).append(result)
    for source, results in said.items():
        yield f"{', '.join(results)} ({source})"


def _short(count: int) -> str:
    """A number of parameters in a few characters: 2.4M."""
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= unit:
            return f"{count / unit:.1f}{name}"
    return str(count)
