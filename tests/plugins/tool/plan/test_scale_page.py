"""The worked example of docs/scale.md is what the command prints."""

import re
from pathlib import Path

from seqrec_tool_plan.measured_rates import RATES
from typer.testing import CliRunner

from seqrec_core.cli import app

PAGE = (Path(__file__).parents[4] / "docs" / "scale.md").read_text(encoding="utf-8")


def test_the_example_on_paper_is_what_the_command_prints(tmp_path):
    spec = tmp_path / "scale.json"
    spec.write_text(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
    command = re.search(r"^seqrec (plan scale.json .*)$", PAGE, re.MULTILINE)[1]
    words = command.replace("scale.json", str(spec)).split()
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    printed = done.output[done.output.index("storage\n") :].rstrip()
    assert f"```\n{printed}\n```" in PAGE


def test_the_rates_on_the_page_are_those_of_the_command():
    for name, rate in RATES.items():
        assert f"| {name} | {rate.value:,g} | {rate.unit} |" in PAGE
