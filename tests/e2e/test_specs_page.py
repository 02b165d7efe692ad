"""What docs/specs.md shows: its files and fragments load, its commands print what it says."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import seqrec

from seqrec_core import load, session

PAGE = (Path(__file__).parents[2] / "docs" / "specs.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```(?:json|yaml)\n(.*?)```", PAGE, re.DOTALL)
FRAGMENTS = re.findall(r"(?<!\.json`:)\n\n```json\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [
    part.strip("\n").split("\n")
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for part in block.split("$ seqrec ")[1:]
]

SEEN, TRUTH = {"seen_ids": [[1, 2]]}, {"ground_truth": [[3]]}
COLUMNS = {"train": {}, "validate": TRUTH | SEEN, "test": TRUTH | SEEN, "predict": SEEN}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    (tmp_path / "ml-1m").mkdir()
    for split, columns in COLUMNS.items():
        row = {"query_id": [0], "item_id": [[1, 2]], **columns}
        pq.write_table(pa.table(row), tmp_path / "ml-1m" / f"{split}.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_files_fragments_and_commands():
    assert (len(FILES), len(FRAGMENTS), len(COMMANDS)) == (5, 5, 16)


@pytest.mark.parametrize("name", dict(FILES))
def test_its_files_load(folder, name):
    written = session.load_raw(folder / name)
    resolved = session.dump(session.resolve(load(folder / name)))
    settings = {k: v for k, v in written["model"].items() if not isinstance(v, dict | str)}
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
    lists = (fragment, resolved), (fragment.get("trainer", {}), resolved["trainer"])
    for part, whole in lists:
        for name in [name for name in part if isinstance(part[name], list)]:
            assert len(part.pop(name)) == len(whole[name])
    assert says(resolved, fragment)
    assert resolved["model"]["embedding_dim"] == 64
    assert len(resolved["postprocessors"]) == 1


@pytest.mark.parametrize("lines", COMMANDS, ids=lambda lines: lines[0])
def test_its_commands_print_what_it_says(folder, lines):
    command, *shown = lines
    done = seqrec(*command.split(), COLUMNS="200")
    printed = " ".join((done.stdout + done.stderr).split())
    pattern = re.escape(" ".join(" ".join(shown).split())).replace("…", ".*")
    assert re.fullmatch(pattern, printed), printed
    is_fault = re.match(r"(model|trainer|data|postprocessors)\S*: ", shown[0])
    assert done.returncode == (2 if is_fault else 0)
