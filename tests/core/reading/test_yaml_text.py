import json
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec_core.errors import SpecError
from seqrec_core.reading.files import load_raw
from seqrec_core.reading.limits import MAX_DEPTH
from seqrec_core.reading.yaml_text import mapping_of_file
from seqrec_core.session import load, registry

YAML = """\
# a comment
seed: 3  # another

model:
  type: fake
  dropout: 1e-1
  blocks: [1, {a: true}]
"""

READ = {  # what YAML writes, and the value that it has in a spec
    "no": "no",  # Norway
    "Yes": "Yes",
    "on": "on",
    "Off": "Off",
    "y": "y",
    "true": True,
    "FALSE": False,
    "1e-3": 0.001,
    "-1E+4": -10000.0,
    ".5": 0.5,
    "5.": 5.0,
    "1e5": 100000.0,
    "+7": 7,
    "0o14": 12,
    "0x1F": 31,
    "0b11": "0b11",
    "1_000": "1_000",
    "1:30": "1:30",
    "2020-01-02": "2020-01-02",
    "07:32:00": "07:32:00",
    "~": None,
    "null": None,
    "": None,
    "# text?": None,
    "None": "None",
    "Infinity": "Infinity",
    "nan": "nan",
    "'1e-3'": "1e-3",
    '"true"': "true",
    "''": "",
    "'~'": "~",
    "http://x#y": "http://x#y",
    "=": "=",
    "|\n  yes\n": "yes\n",
    ">-\n  a\n  b": "a b",
}

REFUSED = [  # what YAML writes, line and column, value and remedy
    ("a: 012", 1, 4, "012 is an octal number to some: write 12"),
    ("a: -007", 1, 4, "-007 is an octal number to some: write -7"),
    ("a: .inf", 1, 4, ".inf is no number of a spec; write another"),
    ("b: 1\na: [-.INF]", 2, 5, "-.INF is no number"),
    ("a: .NaN", 1, 4, ".NaN is no number"),
    ("a: 1e999", 1, 4, "1e999 is no number"),
    ("a: !!python/object/apply:os.system [ls]", 1, 4, "python/object/apply:os.system is a tag"),
    ("a: !!str 1", 1, 4, "is a tag: take it out"),
    ("a: !path x", 1, 4, "!path is a tag"),
    ("a: &x [1]", 1, 4, "&x is an anchor: take it out"),
    ("a: *x", 1, 4, "*x is a reference: write the value out"),
    ("a: *.parquet", 1, 5, "put the text in quotes"),
    ("a: 1\nb: 2\na: 3", 3, 1, "'a' stands twice in one mapping; keep one"),
    ("a: {b: 1, b: 1}", 1, 11, "'b' stands twice"),
    ("<<: {a: 1}", 1, 1, "<< merges mappings: write the values out, or use `extends`"),
    ("1: a", 1, 1, "the key '1' is no text: put it in quotes"),
    ("null: a", 1, 1, "the key 'null' is no text"),
    ("? [x]\n: 1", 1, 3, "the key ['x'] is no text"),
    ("{a: 1}: 1", 1, 1, "the key {'a': 1} is no text"),
    ("a:\n\tb: 1", 2, 1, "indent with spaces"),
    ("a: 1\n---\nb: 1", 2, 1, "a second document: a file holds one spec; take '---' out"),
    ("%YAML 1.1\n---\na: 1", 1, 1, "specs are read as YAML 1.2"),
    ("a: @b", 1, 4, "put the text in quotes"),
    ("a: b: c", 1, 5, "put text with signs in quotes"),
    ("a:\n  b: 1\n c: 2", 3, 2, "the same indent"),
    ('a: "C:\\data"', 1, 8, "double the backslash"),
    ("a: [1, 2", 1, 9, "expected ',' or ']'"),
]


@pytest.fixture
def write(tmp_path):
    def write(text, name="spec.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_yaml_gives_what_json_gives(write):
    model = {"type": "fake", "dropout": 0.1, "blocks": [1, {"a": True}]}
    assert mapping_of_file(write("\ufeff" + YAML)) == {"seed": 3, "model": model}


@pytest.mark.parametrize("text", READ)
def test_words_mean_what_yaml_12_says(write, text):
    value = mapping_of_file(write(f"a: {text}"))["a"]
    assert (value, type(value)) == (READ[text], type(READ[text]))


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_what_readers_differ_over_is_refused_with_its_place(write, text, line, column, words):
    place = rf"spec\.yaml: .*line {line}, column {column}: .*{re.escape(words)}"
    with pytest.raises(SpecError, match=place):
        mapping_of_file(write(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# nothing", "the file is empty"),
        ("[1]", "holds no mapping"),
        ("a:1", "write `key: value`, with a space"),
        ("a: \x01", "is not YAML"),
        ('a: "\\Uffffffff"', "is not YAML"),
        (f"a: {'9' * 5000}", "a number of more than 100 digits"),
    ],
)
def test_a_file_that_holds_no_mapping_says_why(write, text, words):
    with pytest.raises(SpecError, match=rf"spec\.yaml: .*{words}"):
        mapping_of_file(write(text))


def test_all_such_values_are_named_at_once(write):
    with pytest.raises(SpecError) as caught:
        mapping_of_file(write("a: .nan\nb: &x 1\nc: 010"))
    assert len(caught.value.faults) == 3


def test_billions_of_laughs_are_no_joke(write):
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    with pytest.raises(SpecError, match="&a0 is an anchor"):
        mapping_of_file(write("\n".join(lines)))


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 100_000, "a: " + "{b: " * 5000, "\n".join(" " * i + "a:" for i in range(1000))],
)
def test_depth_is_a_fault_and_no_crash(write, text):
    with pytest.raises(SpecError, match=f"nested deeper than {MAX_DEPTH}"):
        mapping_of_file(write(text))


def test_yes_is_reported_where_no_text_is_expected(write, data):
    data["model"]["tags"] = "yes"
    path = write(json.dumps(data).replace('"yes"', "yes"))  # JSON is YAML, too
    with pytest.raises(SpecError, match=r"model\.tags: expected a list, got 'yes'"):
        load(path)


@pytest.mark.parametrize("child", ["json", "toml", "yaml"])
@pytest.mark.parametrize("base", ["json", "toml", "yaml", "yml", "YAML"])
def test_a_spec_extends_one_of_another_format(write, child, base):
    line = {"json": '{{"seed": {}, "{}": "{}"}}', "toml": 'seed = {}\n{} = "{}"'}
    form = line.get(base, "seed: {}\n{}: {}")
    write(form.format(4, "$schema", "x") if base != "toml" else "seed = 4", f"base.{base}")
    path = write(line.get(child, "seed: {}\n{}: {}").format(5, "extends", f"base.{base}"),
                 f"child.{child}")  # fmt: skip
    assert load_raw(path, registry)["seed"] == 5


def test_a_recipe_loads_from_yaml_as_from_json(write, data):
    text = json.dumps(data, indent=2)
    assert load(write(text, "spec.yml")) == load(write(text, "spec.json"))


def test_without_pyyaml_the_error_says_what_to_install(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SpecError, match=r'pip install "seqrec-core\[yaml\]"'):
        mapping_of_file(write("a: 1"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs"))),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("ab:# -", min_size=1), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(deadline=None)
@given(VALUES)
def test_what_json_writes_yaml_reads(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("yaml") / "spec.yaml"
    path.write_text(json.dumps({"a": value}), encoding="utf-8")
    assert mapping_of_file(path) == {"a": value}
