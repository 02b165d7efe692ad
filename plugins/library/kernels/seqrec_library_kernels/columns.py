"""Tensors that a spec names as a column of a parquet file, since JSON cannot hold them."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from pyarrow import Array

__all__ = ["FromFiles", "read_column", "read_values"]


class FromFiles:
    """A second constructor of a module class, for specs: `from_files = FromFiles("weight")`.

    Its signature is that of the class and a `data_dir`; arguments of the given names are not
    tensors but places, "file:column" in the data folder. Subclasses get their own.
    """

    def __init__(self, *names: str):
        self.names = names

    def __get__(self, instance: object, owner: Callable[..., Any]) -> Callable[..., Any]:
        def from_files(*, data_dir: Path | None, **arguments: Any) -> Any:
            for name in self.names:
                place = arguments.get(name)
                arguments[name] = None if place is None else read_column(data_dir, place)
            return owner(**arguments)

        signature = inspect.signature(owner)
        folder = inspect.Parameter("data_dir", inspect.Parameter.KEYWORD_ONLY)
        parameters = [*signature.parameters.values(), folder]
        from_files.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return from_files


def read_column(data_dir: Path | None, place: str) -> Tensor:
    """Return the numbers (V,) of a parquet column, in single precision; raises as `read_values`."""
    return torch.tensor(read_values(data_dir, place).to_numpy(), dtype=torch.float32)


def read_values(data_dir: Path | None, place: str) -> "Array":
    """Return the values of a parquet column, one a row.

    `place` is "file:column", the file relative to the data folder: "items.parquet:count". Raises
    ValueError, naming file, column and row, where there is no such column, or a null in it.
    """
    import pyarrow.parquet as pq

    file, _, column = place.rpartition(":")
    path = (data_dir or Path()) / file
    if not file or not path.is_file():
        raise ValueError(
            f"{place!r}: no file {str(path)!r}; write 'file:column', in the data folder"
        )
    if column not in (names := pq.read_schema(path).names):
        raise ValueError(f"{path}: no column {column!r}; choose one of {', '.join(names)}")
    values = pq.read_table(path, columns=[column])[column].combine_chunks()
    if values.null_count:
        row = values.is_null().index(True).as_py()
        raise ValueError(f"{path}: {column!r} is null in row {row}; give every row a value")
    return values
