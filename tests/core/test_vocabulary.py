import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.vocabulary import Vocabularies, read_table

ITEMS = pa.table({"item": ["a", "b"], "count": [3, 1]})
USERS = pa.table({"query_id": [1, 0], "user": ["u", "v"]})


def test_a_folder_of_data_has_the_tables_whose_files_are_there(tmp_path):
    folder = DataFolder(tmp_path / "key=value")
    folder.path.mkdir()
    assert Vocabularies.of_folder(folder).items is None
    pq.write_table(ITEMS, folder.items)
    pq.write_table(USERS, folder.users)
    vocabularies = Vocabularies.of_folder(folder)
    assert vocabularies.items.equals(ITEMS)  # nothing is made of the folder's name
    assert vocabularies.users.equals(USERS)


@pytest.mark.parametrize(
    ("file", "table", "said"),
    [
        ("items.parquet", USERS, r"items\.parquet: no column 'item' among query_id, user; prepare"),
        ("users.parquet", ITEMS, r"users\.parquet: no column 'query_id' among item, count"),
        ("items.parquet", None, r"items\.parquet cannot be read: .*; prepare the data again"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path, file, table, said):
    if table is None:
        (tmp_path / file).write_text("no parquet")
    else:
        pq.write_table(table, tmp_path / file)
    with pytest.raises(DataError, match=said):
        Vocabularies.of_folder(DataFolder(tmp_path))


@pytest.mark.parametrize(
    ("file", "columns", "said"),
    [
        ("items", {"item": ["a", None]}, r"column 'item', row 1: null, and 1 in all; prepare"),
        (
            "items",
            {"item": [3, 4, 3]},
            r"column 'item': rows 0 and 2 have the same item, 3",
        ),
        ("items", {"item": [1.0, 2.0]}, r"column 'item' is double, and ids are whole numbers or"),
        (
            "users",
            {"query_id": [0, 0], "user": [1, 2]},
            r"'query_id': rows 0 and 1 have the same",
        ),
        ("users", {"query_id": [0, 1], "user": [[1], [2]]}, r"column 'user' is list<"),
    ],
)
def test_ids_stand_once_in_each_row(tmp_path, file, columns, said):
    pq.write_table(pa.table(columns), tmp_path / f"{file}.parquet")
    with pytest.raises(DataError, match=rf"{file}\.parquet: .*{said}"):
        Vocabularies.of_folder(DataFolder(tmp_path))


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"items\.parquet is read with pyarrow: .*pip install pyar"):
        read_table(tmp_path / "items.parquet")


def test_the_core_imports_no_pyarrow():
    code = "import sys, seqrec_core, seqrec_core.vocabulary; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
