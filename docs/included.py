"""Puts files into pages as text, so that they read alike on a code host: `nox -s pages`.

    <!-- begin: docs/examples/acme-loop/acme_loop/loop.py -->
    <!-- end -->

stands for the file between both lines; `….py#Loop` for one definition of it. With `--check`
nothing is written, and the exit code is 1 if a page is not what it would be.
"""

import ast
import re
import sys
from pathlib import Path

__all__ = ["filled", "pages"]

ROOT = Path(__file__).parents[1]
LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json", ".tmpl": "python", ".txt": ""}
_PLACE = re.compile(r"(<!-- begin: (\S+?)(?:#(\w+))? -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """The pages that name files."""
    return [page for page in sorted(ROOT.glob("docs/**/*.md")) if _PLACE.search(page.read_text())]


def filled(text: str) -> str:
    """The text of a page with what the named files hold now."""
    return _PLACE.sub(_part, text)


def _part(place: re.Match[str]) -> str:
    begin, path, name, end = place.groups()
    text = (ROOT / path).read_text(encoding="utf-8").strip("\n")
    if name:
        text = _definition(text, name)
    if path.endswith(".md"):
        return f"{begin}\n{text}\n\n{end}"
    return f"{begin}```{LANGUAGES[Path(path).suffix]}\n{text}\n```\n{end}"


def _definition(text: str, name: str) -> str:
    """A class or function of a module, with its decorators."""
    [node] = [n for n in ast.parse(text).body if getattr(n, "name", None) == name]
    first = min(each.lineno for each in (node, *getattr(node, "decorator_list", ())))
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def main() -> None:
    """Writes what differs, or with `--check` names it."""
    stale = [page for page in pages() if filled(page.read_text()) != page.read_text()]
    for page in stale if "--check" not in sys.argv else ():
        page.write_text(filled(page.read_text()), encoding="utf-8")
    print(f"not as the files are: {', '.join(str(p.relative_to(ROOT)) for p in stale) or 'none'}")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
