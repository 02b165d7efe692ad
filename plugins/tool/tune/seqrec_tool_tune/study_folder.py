"""The folder of a search: what it searches, and where its trials and its results stand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.whole_files import write_json

QUESTION, BEST, PAGE, WORKERS = "study.json", "best.json", "report.html", "workers.log"


@attrs.frozen
class StudyFolder:
    """A folder with study.json, a journal, and `trials/N`, the runs."""

    path: Path

    def trial(self, number: int) -> Path:
        """The run of a trial."""
        return self.path / "trials" / str(number)

    def log(self, number: int) -> Path:
        """What the run of a trial printed."""
        return self.path / "trials" / f"{number}.log"

    def open(self, question: Mapping[str, Any], resume: bool) -> None:
        """Begins the search, or goes on with it.

        Raises SeqrecError where there is one that is not to go on, or asks something else.
        """
        place = self.path / QUESTION
        if not place.is_file():
            self.path.joinpath("trials").mkdir(parents=True, exist_ok=True)
            write_json(place, question)
            return
        if not resume:
            raise SeqrecError(
                f"{self.path} holds a search; go on with it by --resume, or choose another --out"
            )
        before = _read(place)
        for name, content in question.items():
            if _without_folder(before.get(name)) != _without_folder(content):
                raise SeqrecError(
                    f"the {name} differs from that of the search in {self.path}, which only goes "
                    "on as it was; undo the change, or choose another --out"
                )


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as cause:
        raise DataError(f"{path} is damaged: {cause}; restore it, or search anew") from cause


def _without_folder(content: Any) -> Any:
    """A spec without the folder of its data, which may have moved."""
    if isinstance(content, dict) and isinstance(content.get("data"), dict):
        return {**content, "data": {**content["data"], "folder": ""}}
    return content
