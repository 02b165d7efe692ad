"""Metrics of one epoch as a table for the terminal."""

from collections.abc import Mapping

from rich.table import Table

__all__ = ["metrics_table"]


def metrics_table(values: Mapping[str, float], title: str, caption: str = "") -> Table:
    """A row a metric, a column a cut-off, from values by name such as "ndcg@10"."""
    names = dict.fromkeys(key.split("@")[0] for key in values)
    ks = dict.fromkeys(key.split("@")[1] for key in values)
    table = Table(title=title, caption=caption or None)
    table.add_column("metric")
    for k in ks:
        table.add_column(f"@{k}", justify="right")
    for name in names:
        table.add_row(name, *(f"{values[f'{name}@{k}']:.4f}" for k in ks))
    return table
