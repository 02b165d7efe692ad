"""Pages that hold code hold that of the tested examples."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("included", ROOT / "docs" / "included.py")
included = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(included)


def test_there_is_a_page_for_each_part_of_an_afternoon():
    names = {page.stem for page in included.pages() if page.parent.name == "write-a-plugin"}
    assert names == {
        "index",
        "model",
        "datamodule",
        "transform",
        "postprocessor",
        "sampler",
        "tracker",
        "trainer",
        "kind",
    }


@pytest.mark.parametrize("page", included.pages(), ids=lambda page: page.stem)
def test_it_holds_the_files_as_they_are(page):
    text = page.read_text(encoding="utf-8")
    assert included.filled(text) == text, "`nox -s pages` mends this"


def test_a_definition_stands_by_itself_with_its_decorators():
    page = "<!-- begin: docs/examples/acme-bert/acme_bert/specs.py#GapsSpec -->\nold\n<!-- end -->"
    text = included.filled(page)
    assert "@spec\nclass GapsSpec(" in text
    assert "BertSpec" not in text
    assert included.filled(text) == text
