from typing import Literal

import pytest

from seqrec_core.reading.wording import type_name
from seqrec_core.spec import CallbackSpec, EncoderSpec


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (int, "a whole number"),
        (str | None, "a string or null"),
        (EncoderSpec, "an encoder"),
        (Literal["mean", "sum"], "one of 'mean', 'sum'"),
        (tuple[int, ...], "a list of whole numbers"),
        (tuple[tuple[str, ...], ...], "a list of lists of strings"),
        (tuple[Literal["a", "b"], ...], "a list of any of 'a', 'b'"),
        (tuple[CallbackSpec, ...], "a list of callbacks"),
        (str | tuple[str, ...], "a string or a list of strings"),
        (dict[str, float], "an object"),
    ],
)
def test_types_are_named_in_words(type_, words):
    assert type_name(type_) == words
