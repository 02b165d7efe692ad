import json

import pytest

from seqrec_core.errors import SpecError
from seqrec_core.reading.files import load_raw
from seqrec_core.reading.toml_text import table_of_file
from seqrec_core.session import load, registry

TOML = """
# a comment
seed = 3

[model]
type = "fake"
dropout = 1e-1
blocks = [1, {a = true}]
"""


def test_toml_gives_what_json_gives(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOML.encode())
    model = {"type": "fake", "dropout": 0.1, "blocks": [1, {"a": True}]}
    assert table_of_file(path) == {"seed": 3, "model": model}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2\n", r"spec\.toml: is not TOML: .*line 2"),
        ("a = \n", "is not TOML: .*line 1, column 5"),
        ("[b]\na = [{c = 2020-01-02}]", r"b\.a\[0\]\.c: a spec has no dates .*'2020-01-02'"),
        ("a = 07:32:00", "^a: a spec has no dates or times"),
        ("a = [nan]", r"a\[0\]: nan is no number"),
        ("a = -inf", "^a: -inf is no number"),
        (f"a = {'[' * 5000}", "nested deeper than 100"),
        (f"a = {'9' * 5000}", "a number of more than 100 digits"),
    ],
)
def test_what_a_spec_cannot_hold_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with pytest.raises(SpecError, match=message):
        table_of_file(path)


def test_all_such_values_are_named_at_once(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text("a = nan\nb = 2020-01-02")
    with pytest.raises(SpecError) as caught:
        table_of_file(path)
    assert [fault.path for fault in caught.value.faults] == ["a", "b"]


@pytest.mark.parametrize(("child", "base"), [("toml", "json"), ("json", "toml"), ("toml", "TOML")])
def test_a_spec_extends_one_of_the_other_format(tmp_path, child, base):
    texts = {"json": json.dumps({"seed": 4}), "toml": "seed = 4"}
    (tmp_path / f"base.{base}").write_text(texts[base.lower()])
    extends = f"base.{base}"
    texts = {"json": json.dumps({"extends": extends, "seqrec": 2})}
    texts["toml"] = f'extends = "{extends}"\nseqrec = 1'
    path = tmp_path / f"child.{child}"
    path.write_text(texts[child])
    assert load_raw(path, registry) == {"seed": 4, "seqrec": 2}


def test_a_recipe_loads_from_toml_as_from_json(tmp_path, data):
    lines = [f"{key} = {json.dumps(data[key])}" for key in data if not isinstance(data[key], dict)]
    for key, value in data.items():
        if isinstance(value, dict):
            lines.append(f"{key} = {_inline(value)}")
    (tmp_path / "spec.toml").write_text("\n".join(lines))
    (tmp_path / "spec.json").write_text(json.dumps(data))
    assert load(tmp_path / "spec.toml") == load(tmp_path / "spec.json")


def _inline(value):
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)
