"""`seqrec.presets`: what `seqrec.fit` takes by name."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from seqrec_core.notebook import table_html
from seqrec_core.session import registry

__all__ = ["Presets", "presets"]


@attrs.frozen(repr=False)
class Presets(Mapping[str, Mapping[str, Any]]):
    """What each preset is by its name: `about`, `parameters`, `published`, `distribution`.

    >>> list(seqrec.presets())
    ['bert4rec', 'esasrec', ...]
    >>> seqrec.presets()["esasrec"]["about"]
    """

    rows: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self.rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {_about(row)}" for name, row in self.rows.items())

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        rows = (
            (name, _size(row), _about(row), _published(row), str(row["distribution"]))
            for name, row in self.rows.items()
        )
        return table_html(("preset", "parameters", "what it is", "published", "comes with"), rows)


def presets() -> Presets:
    """Every preset that is installed; one with a `fault` cannot be used.

    >>> seqrec.presets()   # a table, in a notebook
    """
    from seqrec_tool_specs.preset_list import preset_rows

    return Presets({row["name"]: row for row in preset_rows(registry)})


def _about(row: Mapping[str, Any]) -> str:
    return str(row.get("about") or f"cannot be used: {row.get('fault')}")


def _size(row: Mapping[str, Any]) -> str:
    count = row.get("parameters")
    return "" if count is None else f"{count:,}"


def _published(row: Mapping[str, Any]) -> str:
    results = row.get("published", ())
    return "; ".join(f"{r['data']} {r['metric']} {r['value']:g} ({r['source']})" for r in results)
