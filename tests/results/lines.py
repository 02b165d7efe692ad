"""Lines of Python by package at a commit, and in the working tree.

python tests/results/lines.py COMMIT: one row a package; those that stand at one side only have
nothing at the other.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def package(file):
    """The core, a folder of the core that has become a package of its own, or a plugin."""
    parts = Path(file).parts
    if parts[0] == "seqrec_core":
        own = parts[1] in ("testing", "scaffold")
        return f"seqrec_core/{parts[1]}" if own else "seqrec_core"
    return "/".join(parts[1:3])


def git(*arguments):
    """What git prints."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def lines(files, read):
    """Lines by package of the Python files of the core and the plugins."""
    count = Counter()
    for file in files:
        if file.endswith(".py") and file.startswith(("seqrec_core/", "plugins/")):
            count[package(file)] += read(file).count("\n")
    return count


def main(commit):
    """Prints the table as Markdown."""
    before = lines(
        git("ls-tree", "-r", "--name-only", commit).split(), lambda f: git("show", f"{commit}:{f}")
    )
    tracked = [file for file in git("ls-files").split() if (ROOT / file).exists()]
    after = lines(tracked, lambda file: (ROOT / file).read_text())
    print("| package | before | after |\n|---|---|---|")
    for name in sorted(before | after):
        print(f"| {name} | {before[name] or ''} | {after[name] or ''} |")
    print(f"| all | {before.total():,} | {after.total():,} |")


if __name__ == "__main__":
    main(sys.argv[1])
