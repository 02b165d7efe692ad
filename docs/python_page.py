"""Writes what follows from docs/python.md and the code: the page's last section, and the notebook.

With `--check` it writes nothing and ends with exit code 1 if a file is not what it would write.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import seqrec

DOCS = Path(__file__).parent
PAGE = DOCS / "python.md"
NOTEBOOK = DOCS / "examples" / "notebook.ipynb"
SECTION = re.compile(r"(<!-- written by docs/python_page\.py -->\n).*?(<!-- end -->)", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)


def files() -> dict[Path, str]:
    """The text of both files."""
    page = SECTION.sub(lambda match: f"{match[1]}{api()}{match[2]}", PAGE.read_text("utf-8"))
    return {PAGE: page, NOTEBOOK: notebook(page.partition("\n## What there is")[0])}


def api() -> str:
    """Every public name: its signature, what it is, and its public members."""
    return "".join(f"\n{text}\n" for name in seqrec.__all__ for text in _texts(name)) + "\n"


def _texts(name: str) -> Iterator[str]:
    thing = getattr(seqrec, name)
    yield f"### `seqrec.{name}`"
    if not callable(thing):
        yield f"A `{type(thing).__name__}`: {_first_line(type(thing))}"
        return
    if not inspect.isclass(thing):
        yield f"```py\n{_signature(f'seqrec.{name}', thing)}\n```"
    for paragraph in (inspect.getdoc(thing) or "").split("\n\n"):
        yield f"```py\n{paragraph}\n```" if paragraph.startswith(">>>") else paragraph
    if inspect.isclass(thing) and (members := "\n".join(_members(thing))):
        yield members


def _members(cls: type) -> Iterator[str]:
    for name, member in vars(cls).items():
        if name.startswith("_") or not inspect.getdoc(member) or inspect.ismemberdescriptor(member):
            continue
        call = _signature(name, member) if inspect.isfunction(member) else name
        yield f"- `{call}`: {_first_line(member)}"


def _signature(name: str, function: Any) -> str:
    """Names with their defaults; types are in the code."""
    signature = inspect.signature(function)
    plain = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.name != "self"
    ]
    empty = inspect.Signature.empty
    return f"{name}{signature.replace(parameters=plain, return_annotation=empty)}"


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def notebook(text: str) -> str:
    """The notebook of a page: its prose and its blocks are cells, without outputs."""
    cells = []
    for number, part in enumerate(BLOCK.split(text)):
        if part.strip():
            lines = part.strip().splitlines(keepends=True)
            cell = {"id": f"cell-{number}", "metadata": {}, "source": lines}
            of_code = {"cell_type": "code", "execution_count": None, "outputs": []}
            cells.append(cell | (of_code if number % 2 else {"cell_type": "markdown"}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes what differs, or with `--check` names it."""
    stale = []
    for file, text in files().items():
        if not file.is_file() or file.read_text("utf-8") != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(text, "utf-8")
    print(f"not as written: {', '.join(stale) or 'none'}")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
