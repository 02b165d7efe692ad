"""Compressed files are read as what is in them, or refused where they are cut short."""

import bz2
import gzip
import io
import lzma

import polars as pl
import pytest
import zstandard
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.input_files import InputFile

from seqrec_core.errors import DataError

PACK = {"gz": gzip.compress, "zst": zstandard.compress, "bz2": bz2.compress, "xz": lzma.compress}
EVENTS = [(user, f"0{item}", item) for user in (1, 2) for item in (3, 4, 5)]
ROWS = "".join(f"{user},{item},{time}\n" for user, item, time in EVENTS)
CSV = "user,item,timestamp\n" + ROWS


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame(EVENTS, schema=["user", "item", "timestamp"], orient="row").write_parquet(file)
    return file.getvalue()


CONTENTS = {
    "csv": CSV.encode(),
    "tsv": CSV.replace(",", "\t").encode(),
    "inter": b"user_id:token\titem_id:token\ttimestamp:float\n" + ROWS.replace(",", "\t").encode(),
    "txt": b"1 03 04 05\n2 03 04 05\n",
    "jsonl": "".join(
        f'{{"user": {user}, "item": "{item}", "timestamp": {time}}}\n'
        for user, item, time in EVENTS
    ).encode(),
    "parquet": parquet(),
}


@pytest.mark.parametrize("suffix", CONTENTS)
@pytest.mark.parametrize("packed", PACK)
def test_every_format_is_read_out_of_every_compression(tmp_path, suffix, packed):
    log = tmp_path / f"log.{suffix}.{packed}"
    log.write_bytes(PACK[packed](CONTENTS[suffix]))
    report = prepare(log, tmp_path / "data")
    assert report["kept"] == {"users": 2, "items": 3, "events": 6}
    items = pl.read_parquet(tmp_path / "data" / "items.parquet")["item"].to_list()
    assert items == ["03", "04", "05"]
    assert not list((tmp_path / "data").glob(".*"))  # no copy is left


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_what_is_cut_short_or_damaged_is_refused(tmp_path, suffix, packed):
    whole = PACK[packed](CONTENTS[suffix])
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    damaged[-6] ^= 255
    log = tmp_path / f"log.{suffix}.{packed}"
    for content in (whole[: len(whole) - 9], bytes(damaged)):
        log.write_bytes(content)
        with pytest.raises(DataError, match=rf"log\.{suffix}.*(cut short or damaged|no value)"):
            prepare(log, tmp_path / "data")
        assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("packed", PACK)
def test_several_members_are_one_content_and_the_name_may_say_nothing(tmp_path, packed):
    log = tmp_path / "log"
    log.write_bytes(PACK[packed](CSV.encode()) + PACK[packed](b"9,03,1\n"))
    assert prepare(log, tmp_path / "data")["kept"]["events"] == 7


def test_a_byte_order_mark_is_left_out(tmp_path):
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf\n\xef\xbb\xbfa\nb\n"))
    file = InputFile.of(tmp_path / "log.csv.gz", tmp_path / "scratch")
    assert file.suffix == ".csv"
    assert file.start(1) == b"\n"
    assert next(file.lines()) == b"\n"
    assert file.first_line() == "a"
    assert file.unpacked().content.read_bytes() == b"\n\xef\xbb\xbfa\nb\n"
