"""The bias of times against its formula."""

import math

import pytest
import torch
from seqrec_position_relative.specs import RelativeTimeSpec
from seqrec_position_relative.time_bias import RelativeTime

from seqrec_core.errors import DataError

START = 2**60  # where float64 no longer tells seconds apart
SECONDS = torch.tensor([[0, 0, 1, 3, 100_000], [0, 7, 8, 3_000_000, 3_000_001]])
REAL = torch.ones(2, 5, dtype=torch.bool)
HEADS = torch.randn(2, 3, 5, 4)


def bucket(seconds, last):
    return min(math.floor(math.log(max(1, abs(seconds))) / 0.301), last)


@pytest.mark.parametrize("last", [128, 10, 1])
@pytest.mark.parametrize("asks", [False, True])
def test_each_bucket_of_differences_has_its_number(last, asks):
    position = RelativeTime(3, last, "when", "asked" if asks else None)
    features = {"when": START + SECONDS, "asked": START + torch.tensor([100_060, 4_000_000])}
    queries, keys, bias = position(HEADS, HEADS, features, REAL)
    assert queries is HEADS
    assert keys is HEADS
    for user in range(2):
        times = features["when"][user].tolist()
        asked = [*times[1:], features["asked"][user].item()] if asks else times
        for head in range(3):
            for i in range(5):
                for j in range(5):
                    number = position.table[head, bucket(asked[i] - times[j], last)]
                    assert bias[user, head, i, j] == number


@pytest.mark.parametrize("dtype", [torch.float32, torch.int32])
def test_times_too_coarse_are_refused_and_smaller_whole_numbers_are_not(dtype):
    position, features = RelativeTime(3), {"timestamp": SECONDS.to(dtype)}
    if dtype.is_floating_point:
        with pytest.raises(DataError, match=r"'timestamp' holds torch\.float32, too coarse"):
            position(HEADS, HEADS, features, REAL)
    else:
        expected = position(HEADS, HEADS, {"timestamp": SECONDS}, REAL)[2]
        assert torch.equal(position(HEADS, HEADS, features, REAL)[2], expected)


def test_a_feature_that_is_missing_is_named():
    with pytest.raises(DataError, match=r"reads the feature 'asked', .* \['timestamp'\]"):
        RelativeTime(3, request_time="asked")(HEADS, HEADS, {"timestamp": SECONDS}, REAL)


def test_its_spec_names_the_features():
    assert RelativeTimeSpec(num_heads=1).needs("train").features == ("timestamp",)
    asking = RelativeTimeSpec(num_heads=1, timestamp="when", request_time="asked")
    assert asking.needs("predict").features == ("when", "asked")
    assert asking.needs("predict").columns == ("feature_tensors.when", "feature_tensors.asked")
