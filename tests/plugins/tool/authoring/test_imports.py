"""Imports that a distribution does not declare are found in its source, with their place."""

from importlib.metadata import Distribution

import pytest
from seqrec_tool_authoring.imports import undeclared_imports


class Installed(Distribution):
    """The metadata of a distribution that nobody installed."""

    def __init__(self, *requires):
        self.lines = [f"Requires-Dist: {line}" for line in requires]

    def read_text(self, filename):
        known = {"METADATA": "\n".join(["Metadata-Version: 2.1", "Name: acme", *self.lines, ""])}
        return known.get(filename)

    def locate_file(self, path):
        return path


@pytest.fixture
def undeclared(tmp_path, monkeypatch):
    """What is undeclared in a package `acme_source` with this code."""
    package = tmp_path / "acme_source"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    def of(code, *requires):
        (package / "code.py").write_text(code)
        return undeclared_imports(Installed(*requires), ["acme_source"])

    return of


def test_an_import_that_nothing_declares_is_named_with_file_and_line(undeclared):
    code = "import json\n\n\ndef late():\n    from numpy.linalg import norm\n"
    assert undeclared(code) == {"numpy": "code.py, line 5"}


@pytest.mark.parametrize("line", ["numpy>=1", 'Numpy; extra == "numbers"', "numpy[all]"])
def test_any_requirement_declares_it(undeclared, line):
    assert undeclared("import numpy\n", line) == {}


def test_a_distribution_of_another_name_declares_its_modules(undeclared):
    assert undeclared("import dateutil\n", "python-dateutil>=2") == {}


def test_a_requirement_that_cannot_be_read_declares_nothing(undeclared):
    assert undeclared("import numpy\n", "numpy >> 1") == {"numpy": "code.py, line 1"}


@pytest.mark.parametrize(
    "code",
    [
        "from . import other\nimport acme_source.code\nimport sys\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n",
        "try:\n    import numpy\nexcept (AttributeError, ModuleNotFoundError):\n    numpy = None\n",
        "def (\nimport numpy\n",
    ],
)
def test_its_own_modules_types_and_optional_ones_need_none(undeclared, code):
    assert undeclared(code) == {}


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import numpy\nexcept KeyError:\n    pass\n",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import numpy\n",
        "if print:\n    import numpy\n",
    ],
)
def test_what_runs_anyway_needs_one(undeclared, code):
    assert list(undeclared(code)) == ["numpy"]
