import pytest

from seqrec_core.errors import BundleError
from seqrec_core.measurements import finite, read_metrics

JUNK = [f'{{"a": {10**400}}}', '{"a": "b"}', '{"a": true}', '{"a": {}}', '{"a": [1]}']


def test_numbers_are_read_as_they_are_and_none_where_there_is_no_file(tmp_path):
    assert read_metrics(tmp_path) == {}
    (tmp_path / "metrics.json").write_text('{"a": 1, "b": -0.5}')
    assert read_metrics(tmp_path) == {"a": 1, "b": -0.5}


@pytest.mark.parametrize("text", ["", "[1]", "null", "{", '{"a": 1, "a": 2}', "[" * 9999, *JUNK])
def test_anything_else_is_an_error(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(BundleError, match=r"metrics\.json is damaged"):
        read_metrics(tmp_path)


@pytest.mark.parametrize("strange", ["NaN", "-Infinity", "1e999"])
def test_a_number_that_earlier_editions_kept_is_left_out_with_a_warning(tmp_path, strange):
    (tmp_path / "metrics.json").write_text(f'{{"a": {strange}, "b": 0.5}}')
    with pytest.warns(RuntimeWarning, match="holds NaN or infinity as 'a'"):
        assert read_metrics(tmp_path) == {"b": 0.5}


def test_what_json_cannot_say_is_left_out():
    assert finite({"a": 1.0, "b": float("nan"), "c": -float("inf")}) == {"a": 1.0}
