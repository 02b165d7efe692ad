"""Writes docs/reliability.md from what came of the attacks.

    python tests/attacks/report.py FOLDER

FOLDER has NAME.json of the attacks that ran, see outcome.py. They replace those of the same name
in tests/attacks/measured, from all of which the page is made: the same ones give the same page.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ATTACKS = Path(__file__).parent
MEASURED = ATTACKS / "measured"
PAGE = ATTACKS.parents[1] / "docs" / "reliability.md"
CALL = "    run(attack)\n"  # what a script ends with that is one
INTRODUCTION = """\
# Reliability

What seqrec withstands, and what it does not. Each row is an attack: a script of `tests/attacks`
that tries something over and over and compares what happens with what is right, by a rule of its
own and not by what the program says. `before` is what the first edition did. Every other figure on
this page is written by the script beside it; fast forms of the attacks stand among the tests.

```
nox -s attacks                        # all of them, then this page; some take half an hour
nox -s attacks -- kills fuzz_specs    # some; the other rows keep their figures
```
"""


def main(folder: Path) -> None:
    """Keeps what ran, and writes the page."""
    MEASURED.mkdir(exist_ok=True)
    for name in attacks():
        if (file := folder / f"{name}.json").is_file():
            text = without_paths(file.read_text(encoding="utf-8"), folder)
            (MEASURED / file.name).write_text(text, encoding="utf-8")
    PAGE.write_text(page(measured(MEASURED)), encoding="utf-8")


def attacks() -> list[str]:
    """Names of the scripts that attack."""
    scripts = ATTACKS.glob("*.py")
    return sorted(path.stem for path in scripts if path.read_text("utf-8").endswith(CALL))


def measured(folder: Path) -> list[dict[str, Any]]:
    """What is known of every attack that has a script, by its name."""
    files = (folder / f"{name}.json" for name in attacks())
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.is_file()]


def without_paths(text: str, folder: Path) -> str:
    """Text without where this machine keeps its files."""
    for path, name in ((folder.resolve(), "FOLDER"), (ATTACKS.parents[1], "."), (Path.home(), "~")):
        text = re.sub(rf"{re.escape(str(path))}(?=[/\s\"'\\:,;)]|$)", name, text)
    return text


def page(results: list[dict[str, Any]]) -> str:
    """The page of what came of attacks."""
    rows = [(result["attack"], row) for result in results for row in result["rows"]]
    tried, right = (sum(row[name] for _, row in rows) for name in ("tried", "right"))
    lines = [
        INTRODUCTION,
        f"In all {right:,} of {tried:,} tries of {len(rows)} kinds ended as they should.",
        "",
        "| attack | right | before | script, in `tests/attacks` |",
        "|---|---|---|---|",
    ]
    for name, row in rows:
        share = f"{row['right']:,} of {row['tried']:,}" if row["tried"] else "could not be tried"
        bold = share if 0 < row["tried"] == row["right"] else f"**{share}**"
        lines.append(f"| {cell(row['title'])} | {bold} | {cell(row['before'])} | `{name}.py` |")
    return "\n".join([*lines, *figures(rows), *failures(rows), *commands(results)]) + "\n"


def figures(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """What was measured besides."""
    lines = [
        f"| {cell(row['title'])} | {cell(what)} | {cell(str(value))} |"
        for _, row in rows
        for what, value in row["figures"].items()
    ]
    head = ["", "## Further figures", "", "| attack | figure | value |", "|---|---|---|"]
    return [*head, *lines] if lines else []


def failures(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Every try that went wrong, or that nothing did."""
    lines = [
        f"- {plain(row['title'])}: {plain(failure)}"
        for _, row in rows
        for failure in row["failures"]
    ]
    return ["", "## What went wrong", "", *(lines or ["Nothing did, of what is listed here."])]


def commands(results: list[dict[str, Any]]) -> list[str]:
    """How each attack is run alone, and how long it took."""
    head = ["", "## Alone", "", "Each works below a folder of yours.", ""]
    head += ["| command | seconds |", "|---|---|"]
    lines = [
        f"| `python tests/attacks/{result['attack']}.py FOLDER` | {result['seconds']:,.0f} |"
        for result in results
    ]
    return [*head, *lines]


def cell(text: str) -> str:
    """Text in a table."""
    return plain(text).replace("|", "\\|")


def plain(text: str) -> str:
    """Text of an attack, in which nothing is markup and no line ends."""
    line = " ".join("".join(each if each.isprintable() else "\ufffd" for each in text).split())
    return re.sub(r"([\\`*_\[\]<&])", r"\\\1", line)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
