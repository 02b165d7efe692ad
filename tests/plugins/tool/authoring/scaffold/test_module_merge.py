"""What one module defines goes into another, whose own text stays."""

import pytest
from seqrec_tool_authoring.scaffold.module_merge import merged

NEW = '''"""New."""

from typing import Any

from seqrec_core.spec import LossSpec, inherited, param, spec

__all__ = ["NewSpec"]


@spec
class NewSpec(LossSpec):
    x: Any = param(1)
'''


def test_imports_are_in_order_and_definitions_come_last():
    old = '''"""Old."""

from seqrec_core.spec import NormSpec, param, spec
import attrs
from acme_x.sizes import SIZE

__all__ = ["OldSpec"]
MINE = SIZE
'''
    assert merged(old, NEW, "acme_x") == (
        '"""Old."""\n'
        "\n"
        "from typing import Any\n"
        "\n"
        "import attrs\n"
        "from seqrec_core.spec import LossSpec, NormSpec, inherited, param, spec\n"
        "\n"
        "from acme_x.sizes import SIZE\n"
        "\n"
        '__all__ = ["NewSpec", "OldSpec"]\n'
        "MINE = SIZE\n"
        "\n"
        "\n"
        "@spec\n"
        "class NewSpec(LossSpec):\n"
        "    x: Any = param(1)\n"
    )


@pytest.mark.parametrize(
    "imports",
    [
        "from seqrec_core.spec import (\n    NormSpec,  # of rows\n    spec,\n)",
        "from seqrec_core.spec import NormSpec as Base\nfrom . import sizes",
        "import os\n\nos.environ\n\nfrom seqrec_core.spec import *",
    ],
)
def test_imports_that_somebody_arranged_stay(imports):
    text = merged(f"{imports}\nMINE = 1\n", NEW, "acme_x")
    assert text.startswith(f"{imports}\nfrom typing import Any\n\nfrom seqrec_core.spec import")
    compile(text, "specs.py", "exec")
    assert "MINE = 1\n\n\n@spec\nclass NewSpec" in text


def test_a_module_without_imports_gets_them_below_its_docstring():
    text = merged('"""Old."""\nMINE = 1\n', NEW, "acme_x")
    assert text.startswith('"""Old."""\n\nfrom typing import Any\n\nfrom seqrec_core')
    assert merged("", NEW, "acme_x").lstrip().startswith("from typing import Any\n")


def test_what_is_imported_already_changes_no_line():
    old = "from typing import Any\nfrom seqrec_core.spec import LossSpec, inherited, param, spec\n"
    assert merged(old, NEW, "acme_x").startswith(old)


@pytest.mark.parametrize(
    "old",
    [
        "class NewSpec:\n    pass\n",
        "from elsewhere import NewSpec\n",
        "def spec():\n    pass\n",
    ],
)
def test_a_name_that_means_something_else_is_an_error(old):
    with pytest.raises(ValueError, match=r"has another (NewSpec|spec) already; rename one"):
        merged(old, NEW, "acme_x")
