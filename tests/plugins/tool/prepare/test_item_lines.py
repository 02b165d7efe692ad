"""A line "user item item …" is a row with a list."""

from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.item_lines import open_item_lines


def test_a_line_is_a_user_with_items_in_order(tmp_path):
    (tmp_path / "log").write_text("\ufeff7 30 10  20\n\n3\t10\r\n5\n")
    file = open_item_lines(InputFile.of(tmp_path / "log"))
    rows = file.frame.select("user", "item").collect().rows()
    assert rows == [("7", ["30", "10", "20"]), (None, None), ("3", ["10"]), ("5", None)]
    assert file.place(2) == "line 3"
    assert file.fault() is None


def test_a_line_that_is_not_text_is_found(tmp_path):
    (tmp_path / "log").write_bytes(b"1 2\n3 \xff\n")
    line, message = open_item_lines(InputFile.of(tmp_path / "log")).fault()
    assert (line, message[:9]) == (2, "not UTF-8")
