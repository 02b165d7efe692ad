import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec_core.errors import SpecError
from seqrec_core.reading.json_text import object_of_file, value_of_text

texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(plain)
def test_text_without_repeated_keys_gives_what_json_gives(value):
    assert value_of_text(json.dumps(value), "place") == value


def test_text_that_is_no_json_is_a_string():
    assert value_of_text("relu", "place") == "relu"
    assert value_of_text("1e-3", "place") == 1e-3


def test_every_repeated_key_is_named_with_its_place():
    text = '{"a": 1, "a": 2, "b": [{"c": 1, "c": 2, "d": {"e": 0, "e": 0}}]}'
    with pytest.raises(SpecError) as caught:
        value_of_text(text, "model.loss")
    assert [fault.path for fault in caught.value.faults] == [
        "model.loss.a",
        "model.loss.b[0].c",
        "model.loss.b[0].d.e",
    ]


def test_a_file_holds_one_object(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text('{"ä": 1}', encoding="utf-8")
    assert object_of_file(path) == {"ä": 1}
    path.write_bytes(b'{"\xff": 1}')
    with pytest.raises(SpecError, match="cannot be read"):
        object_of_file(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "spec.json"
    path.write_bytes(b'\xef\xbb\xbf{"seqrec": 1}')
    assert object_of_file(path) == {"seqrec": 1}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{\n  // why\n"a": 1}', (2, 3), "no comments: take '// why' out"),
        ('{"a": 1 /* why */}', (1, 9), r"take '/\* why \*/' out"),
        ("# why\n{}", (1, 1), "no comments: take '# why' out"),
        ('{"a": [1,\n 2, ]}', (2, 3), "no comma after the last value"),
        ('{"a": 1,\n}', (1, 8), "no comma after the last value"),
        ("{'a': 1}", (1, 2), "text in double quotes"),
        ("{“a”: 1}", (1, 2), "text in double quotes"),
        ("{a: 1}", (1, 2), 'keys in double quotes: write "a"'),
        ('{"a": True}', (1, 7), "JSON writes true, not True"),
        ('{"a": None}', (1, 7), "JSON writes null, not None"),
        ('{"NaN": "NaN\\"",\n"a": NaN}', (2, 6), "NaN is no number of a spec"),
        ('{"a": -Infinity}', (1, 7), "-Infinity is no number of a spec"),
        ('{"a": .5}', (1, 7), "numbers such as 0.5"),
        ('{"a": "C:\\data"}', (1, 10), "for a backslash"),
        ("", (1, 1), "the file is empty"),
        ('{"a": 1', (1, 8), "the text ends"),
    ],
)
def test_what_json_does_not_have_is_named_with_its_place_and_a_remedy(tmp_path, text, place, words):
    path = tmp_path / "spec.json"
    path.write_text(text, encoding="utf-8")
    where = "line {}, column {}".format(*place)
    with pytest.raises(SpecError, match=rf"spec\.json: is not JSON: {where}: .*{words}"):
        object_of_file(path)


def test_text_may_hold_what_json_lacks(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text('{"a": "x\'s # // NaN, ]"}')
    assert object_of_file(path) == {"a": "x's # // NaN, ]"}
