"""Training that knows what a split asks, by times or by numbers of events."""

import pytest
from seqrec_library_data_checks.expectation import expectations
from seqrec_library_data_checks.footers import Footer
from seqrec_library_data_checks.split_leaks import leaks
from seqrec_library_data_checks.split_rows import SplitRows

LISTS = ("item_id", "timestamp", "kind", "tags", "price", "vector")


def places(folder, schema, change):
    path = folder(change)
    splits = []
    for split in ("train", "test"):
        footer = Footer(path / f"{split}.parquet")
        columns = expectations(schema)
        rows = SplitRows(footer, f"{split}.parquet", columns, "item_id", "query_id", True)
        rows.findings()
        splits.append([rows])
    return [(f.file, f.row, f.count) for f in leaks(*splits)]


@pytest.mark.parametrize("has_times", [True, False])
def test_users_whose_training_goes_on_are_counted(folder, schema, has_times):
    def change(tables):
        for name in LISTS:
            for row in (3, 8):
                tables["train"][name][row] = tables["predict"][name][row]
        if not has_times:
            for split in ("train", "test"):
                tables[split].pop("timestamp")

    assert places(folder, schema, change) == [("test.parquet", 3, 2)]


def test_new_users_and_training_that_ends_before_are_no_leak(folder, schema):
    def change(tables):
        tables["test"]["query_id"] = [row + 20 for row in tables["test"]["query_id"]]
        tables["test"]["timestamp"] = [
            [time + 10**6 for time in row] for row in tables["test"]["timestamp"]
        ]

    assert places(folder, schema, change) == []
