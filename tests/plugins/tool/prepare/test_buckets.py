"""Events are spread over buckets of whole users, and the output does not depend on them."""

from itertools import pairwise

import polars as pl
import pyarrow.parquet as pq
import pytest
from seqrec_tool_prepare import buckets
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.survey import survey_events
from seqrec_tool_prepare.tables import ROW

EVENTS = [(n * 7919 % 101, n * 104729 % 37, n) for n in range(2000)]


def test_a_bucket_holds_whole_users_in_their_order(tmp_path, monkeypatch, opened):
    monkeypatch.setattr(buckets, "BUCKET_EVENTS", 300)
    source = opened(tmp_path, EVENTS)
    survey = survey_events(source)
    frames = list(buckets.scatter(source, survey, tmp_path / "buckets").read())
    assert 6 <= len(frames) <= 7
    assert all(a["user"].max() < b["user"].min() for a, b in pairwise(frames))
    assert max(map(len, frames)) < 300 + 2 * 20  # a user has about 20 events
    events = pl.concat(frames).sort(ROW)
    users, items = survey.users["external"], survey.items["external"]
    assert users.gather(events["user"]).to_list() == [user for user, _, _ in EVENTS]
    assert items.gather(events["item"]).to_list() == [item for _, item, _ in EVENTS]
    assert events["timestamp"].to_list() == [time for _, _, time in EVENTS]


@pytest.mark.parametrize("size", [40, 300])
def test_output_does_not_depend_on_the_size_of_buckets(tmp_path, monkeypatch, write_log, size):
    log = write_log(tmp_path, EVENTS)
    once = prepare(log, tmp_path / "once")
    monkeypatch.setattr(buckets, "BUCKET_EVENTS", size)
    again = prepare(log, tmp_path / "again")
    for path in sorted((tmp_path / "once").glob("*.parquet")):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
    assert again.pop("settings")["bucket_events"] == size
    assert once.pop("settings")["bucket_events"] == 2_000_000
    assert once == again
    groups = pq.ParquetFile(tmp_path / "again" / "train.parquet").metadata
    sizes = [groups.row_group(n).num_rows for n in range(groups.num_row_groups)]
    assert sizes == [64, 37]
