"""Everything at once, and nothing of what is right."""

from seqrec_library_data_checks.folder_check import folder_findings


def test_a_good_folder_has_no_finding(folder, schema):
    assert folder_findings(folder(), schema) == []


def test_all_is_said_at_once_errors_first(folder, schema):
    def change(tables):
        tables["train"]["item_id"][7][0] = 99
        tables["validate"]["price"][3].pop()
        tables["train"]["mood"] = [0] * 24
        tables["items"]["item"][5] = "i1"
        tables.pop("predict")

    path = folder(change)
    (path / "defaults.json").write_text('{"model": 3}')
    (path / "test.parquet").write_text("no")
    there = [(f.severity, f.file, f.column, f.row) for f in folder_findings(path, schema)]
    assert there == [
        ("error", "items.parquet", "item", 5),
        ("error", "defaults.json", "", None),
        ("error", "train.parquet", "item_id", 7),
        ("error", "validate.parquet", "price", 3),
        ("error", "test.parquet", "", None),
        ("notice", "train.parquet", "mood", None),
        ("notice", "predict.parquet", "", None),
    ]


def test_without_a_filter_seen_items_need_not_be_there(folder, schema):
    path = folder(lambda tables: tables["validate"].pop("seen_ids"))
    for is_filtered, severity in ((True, "error"), (False, "notice")):
        (finding,) = folder_findings(path, schema, is_filtered)
        assert (finding.severity, finding.column) == (severity, "seen_ids")
