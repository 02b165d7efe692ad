"""The pages of docs that follow from the code, or from the tree, are what it says today."""

import importlib
import json
import re
from pathlib import Path

import pytest
from strangers import POINTS

from seqrec_core import contracts
from seqrec_core.reading.codec import Reader
from seqrec_core.registry import Registry
from seqrec_core.session import registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
KINDS = [kind for kind in registry.kinds() if registry.kind(kind).distribution == "seqrec-core"]
KNOWN = json.loads((ROOT / "seqrec_core" / "registry" / "known.json").read_text())["components"]


def test_the_pages_are_fresh(monkeypatch):
    monkeypatch.syspath_prepend(REFERENCE)
    pages = importlib.import_module("generate").pages()
    stale = [name for name, text in pages.items() if (REFERENCE / name).read_text() != text]
    assert stale == [], "run `nox -s reference`"


def test_a_kind_of_a_stranger_has_a_page_as_those_of_the_core_have(monkeypatch):
    monkeypatch.syspath_prepend(REFERENCE)
    pages = importlib.import_module("components").pages
    texts = pages(Registry(POINTS), {"acme-rerank", "acme-mmr"})
    assert texts.keys() == {"index.md", "reranker.md"}
    assert re.findall(r"^## (\w+)", texts["reranker.md"], re.MULTILINE) == ["boost", "mmr"]
    assert "Candidates to another order." in texts["index.md"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_every_first_party_component_of_its_kind(kind):
    names = re.findall(r"^## (\w+)", (REFERENCE / f"{kind}.md").read_text(), re.MULTILINE)
    assert names == sorted(KNOWN.get(kind, {}))


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_a_page_are_read_without_a_fault(kind):
    blocks = re.findall(r"```json\n(.*?)```", (REFERENCE / f"{kind}.md").read_text(), re.DOTALL)
    for block in blocks:
        reader = Reader(registry)
        reader.read(json.loads(block), registry.kind(kind).base, kind)
        assert not reader.faults, block


def test_every_kind_has_its_contract():
    text = (DOCS / "contracts.md").read_text()
    for kind in KINDS:
        assert f"\n## {kind}\n" in text
        assert f"contracts.inc.md:{kind}" in text


def test_every_protocol_stands_in_a_contract():
    text = (REFERENCE / "contracts.inc.md").read_text()
    classes = [name for name in contracts.__all__ if isinstance(getattr(contracts, name), type)]
    assert [
        name for name in classes if not re.search(rf"^class {name}\b", text, re.MULTILINE)
    ] == []


def test_the_map_of_the_repository_has_every_folder():
    patterns = ["seqrec_core/*", "plugins/*", "plugins/library/*", "plugins/tool/*", "tests/*"]
    folders = [path for pattern in patterns for path in ROOT.glob(pattern)]
    rooms = [path for path in folders if any(path.rglob("*.py"))]
    text = (DOCS / "contributing.md").read_text()
    names = {f"{path.relative_to(ROOT).as_posix()}/" for path in rooms} - {
        "plugins/library/",
        "plugins/tool/",
    }
    assert sorted(name for name in names if f"`{name}`" not in text) == []
