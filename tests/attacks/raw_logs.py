# ruff: noqa: E501
"""Raw logs as people have them: the right result, one clear error, or a notice.

What is right is written beside each log by hand: counts of users, items and events and what must
be said, or the words of the error, which are its place and its remedy.
"""

import gzip
import io
import json
import shlex
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import polars as pl
from outcome import Outcome, run

from seqrec_core.cli import main

Raw = tuple[str, Any, str, tuple[Any, ...]]
U = "user,item,timestamp\n"
FOUR = U + "a,x,1\na,y,2\nb,x,1\nb,z,2\n"
LONG = "i" * 10_000
NOW = 1_700_000_000


def frame(**columns: Any) -> pl.DataFrame:
    """Three events, one of them with what is odd."""
    return pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 9], "timestamp": [1, 2, 3]} | columns)


RATED = "user,item,timestamp,rating\na,x,1,5\na,y,2,\na,z,3,4\n"
UINT = pl.Series([1, 2, 2**63], dtype=pl.UInt64)
NANO = pl.Series([3, 1, 2]).cast(pl.Datetime("ns"))

LOGS: list[Raw] = [
    # name and content of the file; options; (users, items, events, words that must be printed)
    ("plain.csv", FOUR, "", (2, 3, 4)),
    ("crlf.csv", FOUR.replace("\n", "\r\n"), "", (2, 3, 4)),
    ("bom.csv", "\ufeff" + FOUR, "", (2, 3, 4)),
    ("semicolon.csv", FOUR.replace(",", ";"), "", (2, 3, 4)),
    ("blank_lines.csv", FOUR.replace("\nb", "\n\n\nb"), "", (2, 3, 4)),
    ("quoted_newline.csv", U + '"a\nb",x,1\n"a\nb",y,2\n', "", (1, 2, 2, "ONE user only")),
    ("spaces in names.csv", FOUR.replace("user", "User ID"), "", (2, 3, 4)),
    ("brackets.csv", FOUR.replace("item", "item[0]"), "--item item[0]", (2, 3, 4)),
    ("one_row.csv", U + "a,x,1\n", "", (1, 1, 1, "ONE user only", "ONE item only")),
    ("one_user.csv", U + "a,x,1\na,y,2\na,z,3\n", "", (1, 3, 3, "ONE user only")),
    ("long_ids.csv", U + f"{LONG},x,1\nb,{LONG},2\n", "", (2, 2, 2)),
    ("ten_megabytes.csv", U + f"{'x' * 10_000_000},x,1\nb,y,2\n", "", (2, 2, 2)),
    ("big_ints.csv", U + f"{2**63},x,1\n{2**64},y,2\n", "", (2, 2, 2)),
    ("negative_ids.csv", U + "-1,-5,1\n-2,-6,2\n", "", (2, 2, 2)),
    ("mixed_ids.csv", U + "1,x,1\n01,y,2\na,z,3\n", "", (3, 3, 3)),
    ("float_ids.csv", U + "1.0,7,1\n1,8.0,2\n2.0,7.0,3\n", "", (2, 2, 3)),
    ("dates_as_ids.csv", U + "2020-01-01,x,1\n2020-01-02,y,2\n", "", (2, 2, 2)),
    ("float_ids.parquet", frame(user=[1.0, 1.0, 2.0]), "", (2, 3, 3)),
    ("categories.parquet", frame(item=pl.Series(["a", "b", "b"], dtype=pl.Categorical)), "", (2, 2, 3)),
    ("escapes.csv", U + "\x1b[2Ja,x,1\nb,y,2\n", "", (2, 2, 2)),
    ("nul.csv", U + "a\x00,x,1\nb,y,2\n", "", (2, 2, 2)),
    ("na.csv", U + "a,x,1\nNA,y,2\nNA,z,3\n", "", (2, 3, 3, "'NA' is the user of 2 events")),
    ("unused.csv", "user,item,timestamp,price\na,x,1,2\nb,y,2,2\n", "", (2, 2, 2, "not used: price")),
    ("session.csv", "userId,sessionId,item\nNA,1,x\nNA,2,y\n", "", (2, 2, 2, "user: sessionId")),
    ("created.csv", "user,item,created_at\na,x,2\na,y,1\n", "", (1, 2, 2, "time: created_at", "1 event behind")),
    ("two_times.csv", "user,item,seen_at,sold_at\na,x,3,1\na,y,2,4\n", "", (1, 2, 2, "also likely: seen_at, sold_at", "BACKWARDS by 'seen_at'")),
    ("old.csv", U + f"a,x,0\na,y,{NOW}\nb,x,{NOW}\n", "", (2, 2, 3, "1 event dated before 1990, the first at line 2")),
    ("future.csv", U + f"a,x,{NOW}\na,y,9000000000\n", "", (1, 2, 2, "1 event dated after tomorrow")),
    ("nanoseconds.parquet", frame(user=[1, 1, 1], timestamp=NANO), "", (1, 3, 3, "2 events behind")),
    ("fraction.csv", U + "a,x,2020-01-01 10:00:00.9\na,y,2020-01-01 10:00:00.1\n", "--time-format %Y-%m-%d\\ %H:%M:%S.%f", (1, 2, 2, "1 event behind")),
    ("offsets.csv", U + "a,x,2020-01-01T10:00:00+02:00\na,y,2020-01-01T09:00:00+00:00\n", "", (1, 2, 2)),
    ("weeks.csv", U + "a,x,2020-W53-5\na,y,2021-W01-1\n", "--time-format %G-W%V-%u", (1, 2, 2)),
    ("no_rating.csv", RATED, "--min-rating 3 --drop-incomplete", (1, 2, 2, "dropped: no rating")),
    ("seen.csv", U + "".join(f"a,{n % 2},{n}\n" for n in range(6)), "", (1, 2, 6, "1 of 1 test target is in the history")),
    ("repeats.csv", U + "a,x,1\na,x,1\na,y,2\n", "", (1, 2, 3, "--drop-repeated drops them")),
    ("repeats_dropped.csv", U + "a,x,1\na,x,1\na,y,2\n", "--drop-repeated", (1, 2, 2)),
    # or the words of one error
    ("empty.csv", "", "", ("empty.csv", "the file is empty")),
    ("header.csv", U, "", ("header.csv", "a header and no row below it")),
    ("no_header.csv", "1,7,1\n2,8,2\n", "", ("line 1", "two columns are named '1'", "--columns user,item,timestamp")),
    ("no_header_2.csv", "1,7,3\n2,8,2\n", "", ("no column for the user", "--user", "--columns user,item,timestamp")),
    ("ragged.csv", FOUR + "b,y,3,4,5\n", "", ("line 6", "5 fields where the header has 3", "quote")),
    ("short.csv", FOUR + "b\n", "", ("'item', line 6", "no value", "--drop-incomplete")),
    ("wrong_mark.tsv", FOUR, "", ("no column for the user", "--user")),
    ("spaces.inter", "user_id:token item_id:token\n1 2\n", "", ("separated by spaces", "say --separator space")),
    ("twice.csv", "user,item,item\na,x,y\n", "", ("line 1", "two columns are named 'item'", "rename")),
    ("utf16.csv", FOUR.encode("utf-16"), "", ("UTF-16", "iconv")),
    ("latin1.csv", U.encode() + b"caf\xe9,x,1\n", "", ("line 2", "not UTF-8", "convert")),
    ("packed.csv.gz", gzip.compress(FOUR.encode()), "", (2, 3, 4)),
    ("not_packed.csv.gz", b"\x1f\x8b\x08\xff\xff", "", ("cut short or damaged", "gzip", "download it again")),
    ("lines.jsonl", '{"user": 1, "item": 2}\n', "", (1, 1, 1)),
    ("open_quote.csv", U + '1,"x,4\n' + "1,y,5\n" * 9, "", ("line 2", "quote mark", "double it")),
    ("truncated.parquet", b"PAR1\x00\x00\x00", "", ("truncated.parquet", "cannot be read as parquet")),
    ("lists.parquet", frame(item=[[1], [2], [3]]), "", (2, 3, 3)),
    ("flags.parquet", frame(user=[True, False, True]), "", ("'user'", "Boolean", "name another column")),
    ("wide.parquet", frame(user=UINT), "", ("'user', row 3", str(2**63), "is no id")),
    ("nan_ids.parquet", frame(user=[1.0, float("nan"), 2.0]), "", ("'user', row 2", "is no id", "--drop-incomplete")),
    ("half_ids.parquet", frame(user=[1.0, 1.5, 2.0]), "", ("'user', row 2", "1.5 is no id")),
    ("no_time.csv", U + "a,x,1\na,y,\n", "", ("'timestamp', line 3", "no value", "--drop-incomplete")),
    ("word_time.csv", U + "a,x,1\na,y,soon\n", "", ("line 3", "'soon'", "--time-format")),
    ("units.csv", U + f"a,x,{NOW}\na,y,{NOW}\na,z,{NOW}000\n", "", ("line 4", "milliseconds", "one unit")),
    ("digits.csv", U + f"a,x,1.5\na,y,{NOW}.123456789\n", "", ("line 3", "64-bit number")),
    ("zone.csv", U + "a,x,2020-01-01 EST\n", "--time-format %Y-%m-%d\\ %Z", ("%Z cannot be read", "use %z")),
    ("clock.csv", U + "a,x,10:00\n", "--time-format %H:%M", ("no day in it", "%Y-%m-%d")),
    ("mixed_dates.csv", U + "a,x,2020-01-31\na,y,31.01.2020\n", "", ("line 3", "31.01.2020", "--time-format")),
    ("rating.csv", RATED, "--min-rating 3", ("'rating', line 3", "no value", "--drop-incomplete")),
    ("one_column.csv", "user,item\na,x\n", "--item user", ("both the user and the item", "--item")),
    ("folder.csv", None, "", ("folder.csv", "no file in this folder")),
]  # fmt: skip


def command(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command, run here."""
    text, before = io.StringIO(), sys.argv
    sys.argv = ["seqrec", *arguments]
    try:
        with redirect_stdout(text), redirect_stderr(text):
            main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException as error:
        code = -1
        text.write(f"Traceback: {type(error).__name__}: {error}")
    finally:
        sys.argv = before
    return code, text.getvalue()


def fault(folder: Path, raw: Raw) -> str | None:
    """What is wrong with what became of a log; None where it is right."""
    name, content, options, expected = raw
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path, out = folder / name, folder / "data"
    if content is None:
        path.mkdir()
    elif isinstance(content, pl.DataFrame):
        content.write_parquet(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    typed = shlex.split(options)
    code, text = command("data", "prepare", str(path), "--out", str(out), *typed)
    flat = " ".join(text.split())
    is_right = isinstance(expected[0], int)
    words = expected[3:] if is_right else expected
    missing = [word for word in words if word not in flat]
    if "Traceback" in text or "\x1b" in text or len(text) > 20_000:
        return f"{name}: {text[:300]!r}"
    if code != (0 if is_right else 2) or missing:
        return f"{name}: exit {code}, without {missing}: {flat[:300]}"
    if is_right:
        kept = json.loads((out / "report.json").read_text())["kept"]
        if [kept["users"], kept["items"], kept["events"]] != list(expected[:3]):
            return f"{name}: kept {kept}"
    elif (out / "schema.json").exists() or text.count("\n") > 1:
        return f"{name}: refused, and more than that: {flat[:300]}"
    return None


def attack(folder: Path) -> list[Outcome]:
    """Prepares every log."""
    faults = [fault(folder / "log", raw) for raw in LOGS]
    failures = tuple(one for one in faults if one is not None)
    return [
        Outcome.of(
            "raw logs prepared rightly, or refused with place and remedy",
            len(LOGS),
            failures,
            before="wrong user, lost fractions, mixed units and unmatched ids passed silently",
        )
    ]


if __name__ == "__main__":
    run(attack)
