"""Two builds of each distribution, from copies that differ in all but content, are equal bytes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from outcome import Outcome, run

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"  # what `nox -s wheels` takes from the last commit
UMASKS = (0o022, 0o077)
AGES = (0, 86_400 * 700)  # seconds, of files
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def attack(folder: Path) -> list[Outcome]:
    """Builds all, twice."""
    projects = list(distributions())
    failures = [fault for path in projects if (fault := difference(path, folder))]
    return [
        Outcome.of(
            "Two builds of a wheel are equal byte for byte",
            len(projects),
            failures,
            before="not tried",
        )
    ]


def distributions() -> Iterator[Path]:
    """Folders of the core and of every plugin."""
    yield ROOT
    yield from sorted(path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml"))


def difference(path: Path, folder: Path) -> str:
    """How two builds of a distribution differ; empty where they do not."""
    digests = []
    for number, (umask, age) in enumerate(zip(UMASKS, AGES, strict=True)):
        place = folder / f"build {number}"
        shutil.rmtree(place, ignore_errors=True)
        copy(path, place / "tree", umask, age)
        done = build(place / "tree", place / "wheels", umask)
        if done.returncode:
            return f"{path.relative_to(ROOT)} does not build: {done.stderr.strip()[-300:]}"
        [wheel] = (place / "wheels").glob("*.whl")
        digests.append((wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()))
    one, other = digests
    return "" if one == other else f"{path.relative_to(ROOT)}: {one} and {other}"


def copy(path: Path, place: Path, umask: int, age: int) -> None:
    """Copies what a wheel is built from, with modes and times of its own, last file first."""
    place.mkdir(parents=True)
    for each in sorted(path.iterdir(), reverse=umask == UMASKS[1]):
        if each.is_file() and (each.suffix in (".toml", ".md") or each.name == "LICENSE"):
            shutil.copy(each, place)
        elif each.name.startswith("seqrec_"):
            shutil.copytree(each, place / each.name, ignore=LEFT_OUT)
    for each in place.rglob("*"):
        each.chmod((0o777 if each.is_dir() else 0o666) & ~umask)
        os.utime(each, (each.stat().st_mtime - age,) * 2)


def build(tree: Path, wheels: Path, umask: int) -> subprocess.CompletedProcess[str]:
    """Builds the wheel of a tree, in a process of its own."""
    wheels.mkdir()
    command = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(wheels), str(tree)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    return subprocess.run(
        command, cwd=tree, env=environment, umask=umask, capture_output=True, text=True
    )


if __name__ == "__main__":
    run(attack)
