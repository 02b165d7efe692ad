"""What is shown of a prediction."""

import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_tool_run.predictions import choice_of, sample_of


def test_the_first_users_are_shown_with_their_best_items(tmp_path):
    users = [user for user in range(9) for _ in range(7)]
    rows = {"user": users, "item": [f"i{n}" for n in range(63)], "score": [0.5] * 63}
    pq.write_table(pa.table(rows), tmp_path / "top.parquet")
    sample = sample_of(tmp_path / "top.parquet")
    first, second = (list(column.cells) for column in sample.columns)
    assert first == ["0", "1", "2", "3", "4"]
    assert second[1] == "i7 (0.50)  i8 (0.50)  i9 (0.50)  i10 (0.50)  i11 (0.50)"


def test_nothing_is_shown_of_nothing(tmp_path):
    pq.write_table(pa.table({"user": pa.array([], pa.int64())}), tmp_path / "top.parquet")
    assert sample_of(tmp_path / "top.parquet").row_count == 0


def test_a_choice_that_is_too_small_is_said():
    assert choice_of(10, 10) == []
    assert choice_of(1000, 10) == ["top-k is 1,000, and there are 10 items to choose from"]
