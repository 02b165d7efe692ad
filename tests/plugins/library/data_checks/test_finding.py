from seqrec_library_data_checks.finding import NOTICE, Finding, told_once

WRONG = Finding(file="a.parquet", column="x", row=3, message="9 is no id", remedy="mend it")


def test_a_finding_in_words_has_file_column_row_and_remedy():
    assert str(WRONG) == "a.parquet: column 'x', row 3: 9 is no id; mend it"
    absent = Finding(file="a.parquet", column="x", message="is missing", remedy="add it")
    assert str(absent) == "a.parquet: column 'x' is missing; add it"
    empty = Finding(file="a.parquet", message="has no rows", remedy="leave it out")
    assert str(empty) == "a.parquet: has no rows; leave it out"


def test_a_kind_is_told_once_with_its_first_place_and_the_count_of_all_errors_first():
    notice = Finding(severity=NOTICE, file="a.parquet", message="odd", remedy="look")
    more = Finding(file="a.parquet", column="x", row=8, message="7 is", remedy="mend it", count=4)
    first, last = told_once([notice, WRONG, more])
    assert (first.row, first.count, first.place) == (3, 5, "row 3 and 4 more")
    assert last is notice
