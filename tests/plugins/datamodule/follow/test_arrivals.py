"""Which files of a folder count, in which order."""

import os

import pytest
from seqrec_datamodule_follow.arrivals import Arrivals

from seqrec_core.errors import DataError


def test_whole_parquet_files_come_in_the_order_of_their_names(folder, add):
    for name in ("b.parquet", "a/2.parquet", "a/10.parquet", "c.parquet.tmp", "_d.parquet"):
        add(name, 0, 3)
    for name in (".b.parquet.crc", "_SUCCESS", "_temporary/e.parquet", "notes.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("no rows")
    arrivals = Arrivals(str(folder))
    assert [file.name for file in arrivals.files()] == ["a/10.parquet", "a/2.parquet", "b.parquet"]
    assert [Arrivals(f"file://{folder}").files(), arrivals.files()][0] == arrivals.files()


def test_a_folder_that_is_not_there_yet_has_no_files(tmp_path):
    assert Arrivals(str(tmp_path / "later")).files() == []
    with pytest.raises(DataError, match=r"later, is gone, and files of it were.*restore"):
        Arrivals(str(tmp_path / "later")).files(may_be_absent=False)


def test_links_to_folders_are_not_followed_and_those_to_files_are(folder, add):
    add("a.parquet", 0, 3)
    (folder / "again").symlink_to(folder)
    (folder / "deep").mkdir()
    (folder / "deep" / "up").symlink_to("..")
    (folder / "b.parquet").symlink_to("a.parquet")
    (folder / "c.parquet").symlink_to("nothing")
    (folder.parent / "link").symlink_to(folder)
    for place in (folder, folder.parent / "link"):
        assert [each.name for each in Arrivals(str(place)).files()] == ["a.parquet", "b.parquet"]


def test_a_path_of_a_file_is_a_stream_of_that_file(folder, add):
    add("a.parquet", 0, 9)
    arrivals = Arrivals(str(folder / "a.parquet"))
    (file,) = arrivals.files()
    assert (file.name, arrivals.footer(file).rows) == ("a.parquet", 9)


def test_the_digest_of_a_footer_tells_files_of_equal_length_apart(folder, add):
    add("a.parquet", 0, 9)
    add("b.parquet", 18, 27)
    arrivals = Arrivals(str(folder))
    digests = [arrivals.footer(file).digest for file in arrivals.files()]
    assert digests[0] != digests[1]


def test_a_file_that_is_still_being_written_is_named_with_the_remedy(folder):
    (folder / "a.parquet").write_bytes(b"PAR1 half of a file")
    arrivals = Arrivals(str(folder))
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read as Parquet.*rename it once"):
        arrivals.footer(arrivals.files()[0])


def test_a_name_that_is_no_text_is_an_error(folder, add):
    add("a.parquet", 0, 3)
    (folder / "a.parquet").rename(folder / os.fsdecode(b"\xff.parquet"))
    with pytest.raises(DataError, match=r"cannot be listed: .*decode byte 0xff"):
        Arrivals(str(folder)).files()
