"""Known vulnerabilities of the distributions that are installed, asked of PyPI by pip-audit.

It is installed beside the environment, so that it does not audit itself. What nobody answers for is
not tried, and the page says why.
"""

import json
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

from outcome import Outcome, run

OWN = "seqrec"  # our own distributions, which are not published
PATIENCE = 900  # seconds


def attack(folder: Path) -> list[Outcome]:
    """Looks up whatever is installed here, besides our own."""
    answer, reason = look_up(folder)
    if answer is None:
        return [outcome(0, 0, (f"nothing could be looked up: {reason}",))]
    others = [each for each in answer if not each["name"].startswith(OWN)]
    skipped = Counter(
        each["skip_reason"].partition(":")[0] for each in others if "skip_reason" in each
    )
    faults = [
        f"{each['name']} {each['version']}: {', '.join(fault['id'] for fault in each['vulns'])}"
        for each in others
        if each.get("vulns")
    ]
    reasons = [f"{number} could not be looked up: {why}" for why, number in skipped.items()]
    tried = len(others) - sum(skipped.values())
    return [outcome(tried, tried - len(faults), (*faults, *reasons))]


def outcome(tried: int, right: int, failures: tuple[str, ...]) -> Outcome:
    """The row of the page."""
    return Outcome(
        title="Distributions installed that are known to have no vulnerability",
        tried=tried,
        right=right,
        before="not tried",
        failures=failures,
    )


def look_up(folder: Path) -> tuple[list[dict[str, Any]] | None, str]:
    """What pip-audit says of each distribution, or None and why it says nothing."""
    python, report = folder / "environment" / "bin" / "python", folder / "answer.json"
    report.unlink(missing_ok=True)
    audit = ["-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
    audit += ["--output", str(report), "--path", sysconfig.get_paths()["purelib"]]
    for command in (
        [sys.executable, "-m", "venv", str(folder / "environment")],
        [str(python), "-m", "pip", "install", "--quiet", "pip-audit"],
        [str(python), *audit],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return None, f"no answer in {PATIENCE} seconds"
        if done.returncode and not report.is_file():
            lines = done.stderr.strip().splitlines() or ["it says nothing"]
            return None, lines[-1][:300]
    answer: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    return answer, ""


if __name__ == "__main__":
    run(attack)
