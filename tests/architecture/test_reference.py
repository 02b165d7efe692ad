"""The pages of docs/reference that follow from the code are what it says today."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqrec_core import contracts
from seqrec_core.reading.codec import Reader
from seqrec_core.registry.known import DISTRIBUTIONS
from seqrec_core.session import registry
from seqrec_core.spec import KINDS

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"


def test_the_pages_are_fresh():
    check = [sys.executable, REFERENCE / "generate.py", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"run `nox -s reference`; {done.stdout}{done.stderr}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_every_first_party_component_of_its_kind(kind):
    found = re.findall(r"^## (\w+)", (REFERENCE / f"{kind}.md").read_text(), re.MULTILINE)
    assert found == sorted(name for of, name in DISTRIBUTIONS if of == kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_a_page_are_read_without_a_fault(kind):
    blocks = re.findall(r"```json\n(.*?)```", (REFERENCE / f"{kind}.md").read_text(), re.DOTALL)
    for block in blocks:
        reader = Reader(registry)
        reader.read(json.loads(block), KINDS[kind], kind)
        assert not reader.faults, block


def test_every_kind_has_its_contract():
    text = (DOCS / "contracts.md").read_text()
    for kind in KINDS:
        assert f"\n## {kind}\n" in text
        assert f"contracts.inc.md:{kind}" in text


def test_every_protocol_stands_in_a_contract():
    text = (REFERENCE / "contracts.inc.md").read_text()
    assert [name for name in contracts.__all__ if f"class {name}(" not in text] == []
