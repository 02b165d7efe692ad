"""Writes the pages of the reference that follow from the code: `nox -s reference`.

With `--check` it writes nothing and ends with exit code 1 if a page is not what it would write.
"""

import sys
from pathlib import Path

import components
import contracts

FOLDER = Path(__file__).parent


def pages() -> dict[str, str]:
    """Text of every generated file, by its name."""
    return components.pages() | {"contracts.inc.md": contracts.sections()}


def main() -> None:
    """Writes what differs, or with `--check` names it."""
    stale = []
    for name, text in pages().items():
        file = FOLDER / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    print(f"not as generated: {', '.join(stale) or 'none'}")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
