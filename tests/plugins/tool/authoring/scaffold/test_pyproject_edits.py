"""A further component's entry point and requirements go into any project; the rest stays."""

import re
import tomllib

import pytest
from seqrec_tool_authoring.scaffold.pyproject_edits import with_additions

ADDITION = """
[project]
name = "acme-x"
dependencies = ["seqrec-core>=0.1,<0.2", "pyarrow>=21"]

[project.optional-dependencies]
test = ["pytest>=8.3", "seqrec-tool-conformance>=2,<3"]

[project.entry-points."seqrec.loss"]
mean = "acme_x.specs:MeanSpec"
"""
LAYOUTS = {
    "long": """
# mine
[project]
name = "acme-x"
dependencies = [  # in order
    'seqrec_core >= 0.1',  # the core
    "torch>=2.5"
]
[project.optional-dependencies]
test = ["pytest"]
[project.entry-points."seqrec.loss"]
first = "acme_x.specs:FirstSpec"  # the first

[tool.other]
dependencies = ["not this"]
""",
    "short": """
[project]
name = "acme-x"
"dependencies" = ["seqrec-core[all]>=0.1", "torch"]
""",
    "quoted otherwise": """
[tool.other]
key = 1
[ project . entry-points . 'seqrec.loss' ]
first = "acme_x.specs:FirstSpec"
[ project ]
name = "acme-x"
dependencies = ["seqrec-core", "torch"]
""",
    "bare": '[project]\nname = "acme-x"\nversion = "1"',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_project_gets_what_it_lacks(layout):
    before, text = tomllib.loads(LAYOUTS[layout]), with_additions(LAYOUTS[layout], ADDITION)
    after = tomllib.loads(text)
    project, old = after.pop("project"), before.pop("project")
    assert after == before
    points = {"mean": "acme_x.specs:MeanSpec", **old.get("entry-points", {}).get("seqrec.loss", {})}
    assert project["entry-points"] == {"seqrec.loss": points}
    had = old.get("dependencies", [])
    new = ["pyarrow>=21"] if had else ["seqrec-core>=0.1,<0.2", "pyarrow>=21"]
    assert project["dependencies"] == [*new, *had]
    extras = [line.partition(">")[0] for line in project["optional-dependencies"]["test"]]
    assert sorted(extras) == ["pytest", "seqrec-tool-conformance"]
    assert all(comment in text for comment in re.findall("#.*", LAYOUTS[layout]))


def test_twice_the_same_requirements_change_nothing_more():
    once = with_additions(LAYOUTS["long"], ADDITION)
    twice = with_additions(once, ADDITION.replace("mean =", "other ="))
    assert twice.replace('other = "acme_x.specs:MeanSpec"\n', "") == once


def test_no_project_requires_itself():
    text = with_additions('[project]\nname = "PyArrow"\n', ADDITION)
    assert tomllib.loads(text)["project"]["dependencies"] == ["seqrec-core>=0.1,<0.2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[project", "does not parse"),
        ("[tool.poetry]\nname = 'x'\n", r"has no table \[project\]"),
        ("[project]\ndynamic = ['dependencies']\n", "leaves 'dependencies' to its build backend"),
        (ADDITION, r"has an entry point 'mean' of seqrec\.loss already"),
        (
            "project.name = 'x'\nproject.dependencies = ['torch']\n",
            "cannot be added to; add yourself",
        ),
        ('project = {name = "x"}\n', "cannot be added to; add yourself"),
    ],
)
def test_what_cannot_be_added_to_is_said_with_what_to_write(text, words):
    with pytest.raises(ValueError, match=words):
        with_additions(text, ADDITION)
