"""Events as they are typed."""

import pytest
from seqrec_tool_recommend.event_text import read_event, read_object

from seqrec_core.errors import DataError


def test_text_is_an_item_and_an_object_an_event():
    assert read_event("50") == "50"
    assert read_event(' {"item": 50, "device": "ios"}') == {"item": 50, "device": "ios"}
    assert read_event("[3]") == "[3]"


@pytest.mark.parametrize("text", ['{"item": 50', "{50}", "{'item': 50}"])
def test_an_object_that_is_no_json_is_named(text):
    with pytest.raises(DataError, match=r"the history: .* is no JSON: .*; write \{"):
        read_event(text)


@pytest.mark.parametrize("text", ["[1]", "3", "null"])
def test_a_user_is_an_object(text):
    with pytest.raises(DataError, match=r"--user: .* is no object"):
        read_object(text, "--user")
