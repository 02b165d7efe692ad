import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec_core.errors import SpecError
from seqrec_core.reading.json_text import object_of_file, value_of_text

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


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
