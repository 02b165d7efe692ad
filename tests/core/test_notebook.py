"""How objects look at a prompt and in a notebook: short, whole, escaped, and nothing imported."""

import subprocess
import sys
from html.parser import HTMLParser

import attrs
import pytest

from seqrec_core.notebook import table_html
from seqrec_core.registry import Point, Registry
from seqrec_core.session import read, registry, resolve
from seqrec_core.spec import LossSpec, Recipe, param, spec

SCRIPT = "<script>alert('x')</script>&"


class Outline(HTMLParser):
    """The tags that open and are closed, and the texts between them."""

    def __init__(self, text):
        super().__init__()
        self.texts, self.tags, self.open = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def recipe(data):
    return read(data, Recipe)


@spec
class StrangeSpec(LossSpec):
    """Is <b>bold</b>."""

    target = "math:sqrt"
    name: str = param(SCRIPT, help=SCRIPT)


def test_a_recipe_says_what_differs_from_defaults(recipe):
    lines = repr(recipe).splitlines()
    assert lines[:2] == ["Recipe", "  schema: item_id (20)"]
    assert "  seed: 7" in lines
    [model] = [line for line in lines if line.startswith("  model:")]
    assert "FakeModelSpec(embedding_dim=4, encoder=FakeEncoderSpec(norm=FakeNormSpec())" in model
    assert "tags=['a', 'b'], weights={'x': 1.5}" in model
    assert "heads" not in model
    assert "trainer" not in repr(recipe)
    assert "postprocessors" not in repr(recipe)


def test_what_is_inherited_is_no_difference_and_what_is_given_is_one(recipe):
    assert "FakeEncoderSpec(norm=FakeNormSpec())" in repr(resolve(recipe))
    encoder = attrs.evolve(recipe.model.encoder, embedding_dim=5)
    changed = attrs.evolve(recipe, model=attrs.evolve(recipe.model, encoder=encoder))
    assert "FakeEncoderSpec(embedding_dim=5, norm=FakeNormSpec())" in repr(changed)


def test_a_long_list_is_cut(recipe):
    tags = tuple("abcde")
    long = attrs.evolve(recipe, model=attrs.evolve(recipe.model, tags=tags))
    assert "tags=['a', 'b', 'c', … 2 more]" in repr(long)
    assert Outline(long._repr_html_()).texts.count("'e'") == 1


def test_a_recipe_with_a_faulty_schema_is_shown(recipe):
    twice = attrs.evolve(recipe.schema, features=recipe.schema.features * 2)
    assert "item_id (20), item_id (20)" in repr(attrs.evolve(recipe, schema=twice))


@pytest.mark.parametrize("resolved", [False, True])
def test_a_recipe_is_a_tree_that_folds_and_has_every_value(recipe, resolved):
    outline = Outline((resolve(recipe) if resolved else recipe)._repr_html_())
    assert set(outline.tags) == {"details", "summary", "div", "code", "b"}
    assert outline.tags.count("details") == outline.tags.count("summary") >= 5
    for text in ("7", "4", "1.5", "'relu'", "20", "FakeNormSpec", "heads"):
        assert any(text in each for each in outline.texts), text
    assert ("inherited" in outline.texts) is not resolved


def test_names_with_tags_are_escaped_everywhere(recipe):
    features = (attrs.evolve(recipe.schema.features[0], name=SCRIPT),)
    model = attrs.evolve(recipe.model, tags=(SCRIPT,), weights={SCRIPT: 1.0})
    strange = attrs.evolve(
        recipe, schema=attrs.evolve(recipe.schema, features=features), model=model
    )
    strangers = Registry([Point("seqrec.loss", SCRIPT, "no_such:x", SCRIPT, SCRIPT)])
    [component] = strangers
    pages = [
        strange._repr_html_(),
        strangers._repr_html_(),
        component._repr_html_(),
        attrs.evolve(component, local_spec=StrangeSpec)._repr_html_(),
        table_html([SCRIPT], [[SCRIPT]]),
    ]
    for page in pages:
        outline = Outline(page)
        assert "script" not in outline.tags
        assert any("<script>alert" in text for text in outline.texts)
    assert SCRIPT in Outline(pages[0]).texts


def test_a_registry_counts_and_lists_its_components(fakes):
    counts = {kind: registry.names(kind) for kind in ("model", "sampler")}
    names = [(c.kind, c.name) for c in registry]
    for kind in counts:
        assert f"{sum(k == kind for k, _ in names)} {kind}" in repr(registry)
    outline = Outline(registry._repr_html_())
    assert outline.tags.count("tr") == 1 + len(names)
    assert {name for _, name in names} <= set(outline.texts)
    assert repr(Registry([])) == "<Registry: empty>"


def test_a_component_is_one_line_and_a_table_of_its_settings(fakes):
    component = registry["model", "fake_model"]
    assert repr(component) == "<model 'fake_model' of local 0>"
    outline = Outline(component._repr_html_())
    fields = [attribute.name for attribute in attrs.fields(component.spec)]
    assert outline.tags.count("tr") == 1 + len(fields)
    for text in (*fields, "A model of two parts.", "local:fake_encoder, the default", "8", "size"):
        assert text in outline.texts
    required = Outline(registry["transform", "fake_transform"]._repr_html_())
    assert "required" in required.texts


def test_a_component_that_does_not_load_says_why():
    [broken] = Registry([Point("seqrec.loss", "gone", "no_such_module:X", "acme-loss", "1.0")])
    assert repr(broken) == "<loss 'gone' of acme-loss 1.0>"
    page = Outline(broken._repr_html_())
    assert "No module named 'no_such_module'" in page.texts[-1]
    assert "table" not in page.tags


def test_a_registry_is_shown_without_importing_a_plugin():
    code = (
        "import sys; from seqrec_core import registry; repr(registry); registry._repr_html_();"
        "print([m for m in sys.modules if m == 'torch' or m.startswith('seqrec_') "
        "and not m.startswith('seqrec_core')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("nothing", [None, "<b>", 3])
def test_a_recipe_that_means_nothing_is_shown(nothing):
    recipe = Recipe(schema=nothing, model=nothing)
    assert repr(nothing) in repr(recipe)
    Outline(recipe._repr_html_())
