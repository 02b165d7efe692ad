from typing import Literal

import pytest
from strangers import POINTS, point

from seqrec_core.reading.wording import missing_type, show, type_name
from seqrec_core.registry import Registry
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


def test_a_missing_type_names_a_component_that_has_the_keys_and_the_line_to_write():
    registry = Registry(
        [*POINTS, point("reranker", "broken", "acme_rerank:Nothing", "acme-broken")]
    )
    words = missing_type(registry, "reranker", ["factor"], "model.others[1].type")
    assert words == (
        "missing; installed for reranker are boost, broken, mmr: "
        'add "type": "boost", or --set model.others.1.type=boost'
    )
    assert 'add "type": "mmr"' in missing_type(registry, "reranker", ["embedding_dim"], "type")
    assert 'add "type": "boost"' in missing_type(registry, "reranker", ["x"], "type")
    assert missing_type(registry, "loss", [], "type") == "missing; installed for loss are none"


def test_a_number_too_long_for_decimals_is_shown():
    assert show(2**20_000).startswith("0x1000")
    assert len(show(2**20_000)) < 60
    assert show(10**20) == "1" + "0" * 20
