"""`seqrec diff` and `seqrec schema`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from seqrec_core.spec import Recipe
    from seqrec_tool_specs.differences import Difference

__all__ = ["diff", "schema"]


def diff(
    left: Annotated[Path, typer.Argument(help="A spec file, or the lock of a bundle.")],
    right: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Show what two specs say differently, and their parameters.

    Order, spelling and defaults do not count. Specs with faults, such as a plugin that is not
    installed, are compared as they are written, and the faults listed.
    """
    from seqrec_core.errors import Fault, SpecError
    from seqrec_core.session import load_raw, load_resolved
    from seqrec_tool_specs.differences import differences, differences_as_written

    names = str(left), str(right)
    recipes, faults = [], []
    for path in (left, right):
        try:
            recipes.append(load_resolved(path).recipe)
        except SpecError as error:
            faults += [Fault(f"{path}: {fault.path}", fault.message) for fault in error.faults]
    if faults:
        _show(differences_as_written(load_raw(left), load_raw(right)), *names)
        raise SpecError(faults)
    found = differences(*recipes)
    _show(found, *names)
    if found:
        print(_parameters(*recipes))


def _show(found: "list[Difference]", left: str, right: str) -> None:
    from seqrec_core.terminal import console, table

    rows = table("place", left, right)
    for difference in found:
        rows.add_row(difference.path, repr(difference.left), repr(difference.right))
    if found:
        console().print(rows)
    else:
        print("no difference")


def _parameters(left: "Recipe", right: "Recipe") -> str:
    """The parameters of two recipes' models in one line, or why they are not counted."""
    from seqrec_core.errors import SeqrecError
    from seqrec_tool_specs.differences import parameter_count

    try:
        before, after = parameter_count(left), parameter_count(right)
    except (ImportError, SeqrecError) as cause:
        return f"parameters are not counted: {cause}"
    return f"parameters: {before:,} and {after:,}, a difference of {after - before:+,}"


def schema(
    out: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
) -> None:
    """Print the JSON Schema of specs, for editors: everything that is installed."""
    from seqrec_tool_specs.json_schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
        print(f"schema: {out}")
    else:
        print(text)
