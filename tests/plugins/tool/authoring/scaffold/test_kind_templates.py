"""A kind's template is what a distribution declares, ours as anybody's."""

import pytest
from seqrec_tool_authoring.scaffold.filled_templates import imported_names, render
from seqrec_tool_authoring.scaffold.kind_templates import template_of
from seqrec_tool_authoring.scaffold.naming import names_of
from strangers import point

from seqrec_core import registry
from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    RegistryError,
    UnknownComponentError,
)
from seqrec_core.registry import Registry

KIND = point("kinds", "reranker", "acme_rerank:RerankerSpec", "acme-rerank")
FILES = {
    "specs.py": "class ${cls}Spec:\n    target = '$module.$component:$cls'\n",
    "module.py": "from acme_rerank import Ranked\n\n\nclass $cls(Ranked):\n    pass\n",
    "test_numbers.py": "from $module.$component import $cls\n",
    "needs.txt": "acme-rerank>=1,<2\nacme-kernels$core_range\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of templates, which is on the path; gives the registry that has it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(module="their_templates", files=FILES):
        folder = tmp_path / module
        folder.mkdir()
        (folder / "__init__.py").write_text("raise RuntimeError('was imported')\n")
        for name, text in files.items():
            (folder / f"{name}.tmpl").write_text(text)
        return Registry([KIND, point("templates", "reranker", module, "acme-rerank")])

    return write


@pytest.mark.parametrize("kind", registry.kinds())
def test_there_is_a_template_for_every_kind(kind):
    template = template_of(kind, registry)
    assert set(template.files) == {"specs.py", "module.py", "test_numbers.py"}


def test_a_strangers_kind_brings_its_own_template_and_requirements(package):
    template = template_of("reranker", package())
    names = names_of("acme-mmr", "reranker")
    files = render(names, template)
    assert files["acme_mmr/mmr.py"].endswith("class Mmr(Ranked):\n    pass\n")
    assert '    "acme-rerank>=1,<2",\n    "acme-kernels>=' in files["pyproject.toml"]
    assert '[project.entry-points."seqrec.reranker"]' in files["pyproject.toml"]
    assert imported_names(template) == {"Ranked", "conformance"}
    assert names_of("acme-ranked", "reranker", taken={"Ranked"}).component == "acme_ranked"


def test_a_kind_without_a_template_names_who_declares_it():
    with pytest.raises(
        RegistryError, match=r"kind 'reranker', which acme-rerank declares.*seqrec\.templates"
    ):
        template_of("reranker", Registry([KIND]))
    with pytest.raises(UnknownComponentError, match="did you mean 'loss'"):
        template_of("los", registry)


def test_two_templates_of_one_kind_are_an_error_that_names_both(package):
    known = package()
    other = point("templates", "reranker", "others", "other-rerank")
    with pytest.raises(AmbiguousNameError, match="by acme-rerank and by other-rerank"):
        template_of("reranker", Registry([*known.points, other]))


@pytest.mark.parametrize(
    ("value", "files", "words"),
    [
        ("lacking", {"specs.py": ""}, r"lacking, which has no module\.py\.tmpl"),
        ("no_such_package.inside", None, "which is not there: No module named"),
        ("no_such_package", None, "which is no package"),
        ("json.decoder", None, "which is no package"),
    ],
)
def test_a_package_that_is_no_template_is_reported_with_its_distribution(
    package, value, files, words
):
    if files is not None:
        package(value, files)
    broken = Registry([KIND, point("templates", "reranker", value, "acme-rerank")])
    with pytest.raises(BrokenPluginError, match=words) as raised:
        template_of("reranker", broken)
    assert str(raised.value).startswith("acme-rerank 1.0 declares the template of the kind")


def test_a_placeholder_without_a_value_is_reported(package):
    known = package(files=FILES | {"module.py": "$nonsense\n"})
    with pytest.raises(BrokenPluginError, match=r"module\.py\.tmpl has a placeholder.*'nonsense'"):
        render(names_of("acme-mmr", "reranker"), template_of("reranker", known))
