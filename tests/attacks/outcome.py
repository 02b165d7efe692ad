"""What came of an attack: how often it was tried, how often the product was right."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Outcome:
    """One row of docs/reliability.md.

    `before` says what the first edition did, in a few words; `failures` names each try that went
    wrong, with what was seen; `figures` are further measured numbers, by what they say.
    """

    title: str
    tried: int
    right: int
    before: str
    failures: tuple[str, ...] = ()
    figures: Mapping[str, str] = attrs.Factory(dict)

    @classmethod
    def of(cls, title: str, tried: int, failures: Iterable[str], before: str) -> "Outcome":
        """That of tries of which all but these failures were right."""
        wrong = tuple(failures)
        right = tried - len(wrong)
        return cls(title=title, tried=tried, right=right, before=before, failures=wrong)


def run(attack: Callable[[Path], list[Outcome]]) -> None:
    """Runs an attack in the folder that the command line names, and keeps what came of it there.

    `python tests/attacks/kills.py FOLDER` works below FOLDER/kills and writes FOLDER/kills.json.
    Exits with 1 where anything went wrong.
    """
    name, folder = Path(sys.argv[0]).stem, Path(sys.argv[1]).resolve()
    work = folder / name
    work.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    outcomes = attack(work)
    rows = [attrs.asdict(outcome) for outcome in outcomes]
    seconds = round(time.monotonic() - start, 1)
    text = json.dumps({"attack": name, "seconds": seconds, "rows": rows}, indent=2)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for outcome in outcomes:
        print(f"{outcome.title}: {outcome.right} of {outcome.tried}", *outcome.failures, sep="\n  ")
    sys.exit(any(outcome.right < outcome.tried for outcome in outcomes))
