"""What docs/specs.md shows: its files and fragments load, its commands print what it says."""

import json
import re
from pathlib import Path

import pytest
from command_line import seqrec

from seqrec_core import load, session

PAGE = (Path(__file__).parents[2] / "docs" / "specs.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+\.json)`:\n\n```json\n(.*?)```", PAGE, re.DOTALL)
FRAGMENTS = re.findall(r"(?<!\.json`:)\n\n```json\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [
    part.strip("\n").split("\n")
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for part in block.split("$ seqrec ")[1:]
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES:
        (tmp_path / name).write_text(text)
        (tmp_path / json.loads(text).get("data", {}).get("folder", ".")).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_files_fragments_and_commands():
    assert (len(FILES), len(FRAGMENTS), len(COMMANDS)) == (3, 2, 9)


@pytest.mark.parametrize("name", dict(FILES))
def test_its_files_load(folder, name):
    text = json.loads((folder / name).read_text())
    resolved = session.dump(session.resolve(load(folder / name)))
    settings = {k: v for k, v in text["model"].items() if not isinstance(v, dict | str)}
    assert settings.items() <= resolved["model"].items()
    assert "loss" in resolved["model"]


@pytest.mark.parametrize("text", FRAGMENTS)
def test_its_fragments_say_what_they_mean_over_its_first_file(folder, text):
    path = folder / "fragment.json"
    path.write_text(json.dumps({"extends": "spec.json", **json.loads(text)}))
    resolved = session.dump(session.load_resolved(path).recipe)

    def says(whole, part):
        if isinstance(part, dict):
            return all(key == "type" or says(whole[key], part[key]) for key in part)
        name = str(whole["type"] if isinstance(whole, dict) else whole)
        return whole == part or name.endswith(f":{part}")

    fragment = json.loads(text)
    if (callbacks := fragment.get("trainer", {}).pop("callbacks", None)) is not None:
        assert len(callbacks) == len(resolved["trainer"]["callbacks"])
    assert says(resolved, fragment)
    assert resolved["model"]["embedding_dim"] == 64
    assert resolved["trainer"]["metrics"]["postprocessors"]


@pytest.mark.parametrize("lines", COMMANDS, ids=lambda lines: lines[0])
def test_its_commands_print_what_it_says(folder, lines):
    command, *shown = lines
    done = seqrec(*command.split(), COLUMNS="200")
    printed = " ".join((done.stdout + done.stderr).split())
    pattern = re.escape(" ".join(" ".join(shown).split())).replace("…", ".*")
    assert re.fullmatch(pattern, printed), printed
    is_fault = shown[0].startswith(("model.", "trainer.")) and "←" not in shown[0]
    assert done.returncode == 2 * is_fault
