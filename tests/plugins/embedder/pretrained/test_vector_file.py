"""Files of vectors, matched to the items of the data, and what is wrong with them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_embedder_pretrained.vector_file import read_vectors

from seqrec_core.errors import DataError

MATRIX = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def folder(tmp_path):
    pq.write_table(pa.table({"item": ["d", "a", "c", "b"]}), tmp_path / "items.parquet")
    return tmp_path


def write(folder, name="v.parquet", **columns):
    pq.write_table(pa.table(columns), folder / name)
    return f"{name}:vector"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_rows_of_numpy_are_items_in_order(folder, dtype):
    np.save(folder / "v.npy", MATRIX.astype(dtype))
    vectors, is_there = read_vectors(folder, "v.npy", 4)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, MATRIX)
    assert is_there.all()
    away, _ = read_vectors(folder / "elsewhere", str(folder / "v.npy"), 4)
    np.testing.assert_array_equal(away, MATRIX)


@pytest.mark.parametrize("type_", [pa.list_(pa.float64()), pa.list_(pa.float32(), 3)])
def test_rows_of_parquet_are_matched_by_the_ids_of_the_data(folder, type_):
    column = pa.array(MATRIX.tolist(), type_)
    place = write(folder, item=["a", "b", "c", "d"], vector=column)
    vectors, is_there = read_vectors(folder, place, 4)
    np.testing.assert_array_equal(vectors, MATRIX[[3, 0, 2, 1]])
    assert is_there.all()
    plain, _ = read_vectors(folder, place, 4, id_column=None)
    np.testing.assert_array_equal(plain, MATRIX)
    place = write(folder, item=["a", "b", "unknown", "d"], vector=column)
    vectors, is_there = read_vectors(folder, place, 4, missing="zero")
    assert is_there.tolist() == [True, True, False, True]
    assert not vectors[2].any()
    with pytest.raises(DataError, match="no row for 1 of 4 items, the first of them 'c'; add them"):
        read_vectors(folder, place, 4)


def test_seven_as_a_number_and_as_text_is_one_item(folder):
    pq.write_table(pa.table({"item": ["7", "12"]}), folder / "items.parquet")
    place = write(folder, item=[12, 7], vector=MATRIX[:2].tolist())
    np.testing.assert_array_equal(read_vectors(folder, place, 2)[0], MATRIX[[1, 0]])


HOLED = MATRIX.copy()
HOLED[2, 1] = np.nan


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (MATRIX[:3], "has 3 rows, and the catalogue 4 items; write one row an item"),
        (HOLED, "row 2, number 1: nan, and 1 such in all; write finite numbers"),
        (MATRIX.astype(np.float64) * 1e40, r"row 0, number 1: 1e\+40, and 11 such in all"),
        (MATRIX[0], r"has the shape \(3,\); a matrix"),
        (MATRIX[:, :0], r"has the shape \(4, 0\); a matrix"),
        (MATRIX.astype(str), "holds <U32; vectors are of numbers: write float32"),
        (MATRIX.astype(complex), "holds complex128; vectors are of numbers"),
        (np.array([[{}]]), "cannot be read as an array of numbers: Object arrays"),
    ],
)
def test_faulty_arrays_are_refused_with_place_and_remedy(folder, array, message):
    np.save(folder / "v.npy", array)
    with pytest.raises(DataError, match=message) as raised:
        read_vectors(folder, "v.npy", 4)
    assert str(folder / "v.npy") in str(raised.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"item": [*"abca"], "vector": MATRIX.tolist()}, "rows 0 and 3 have the same id, 'a'"),
        ({"item": ["a", None], "vector": MATRIX[:2].tolist()}, "row 1: the id is null"),
        ({"vector": [[1.0], [1.0, 2.0]]}, "row 1: 2 numbers, and 1 in row 0"),
        ({"vector": [[1.0], None]}, "row 1: null; give it a vector"),
        ({"vector": [[1.0], [None]]}, "row 1, number 0: nan"),
        ({"vector": [1.0, 2.0]}, "is double; write lists of numbers"),
        ({"vector": [["a"]]}, "is list<.*string>; write lists of numbers"),
        ({"other": [1]}, "has no column 'vector', only other"),
        ({"vector": pa.array([], pa.list_(pa.float32()))}, "has no rows"),
        ({"vector": MATRIX.tolist() * 2}, "has 8 rows, and the catalogue 4 items"),
    ],
)
def test_faulty_tables_are_refused_with_place_and_remedy(folder, columns, message):
    place = write(folder, **columns)
    with pytest.raises(DataError, match=message) as raised:
        read_vectors(folder, place, 4)
    assert str(folder / "v.parquet") in str(raised.value)


def test_files_that_are_missing_or_no_such_file_are_named(folder):
    for place in ("v.npy", "v.parquet:vector"):
        with pytest.raises(DataError, match="no such file; put it there"):
            read_vectors(folder, place, 4)
        (folder / place.partition(":")[0]).write_text("no vectors at all, but some text")
        with pytest.raises(DataError, match="cannot be read as"):
            read_vectors(folder, place, 4)
    place = write(folder, item=["a"], vector=[[1.0]])
    with pytest.raises(DataError, match=r"has 4 rows, the schema 5 items"):
        read_vectors(folder, place, 5)
    (folder / "items.parquet").unlink()
    with pytest.raises(DataError, match=r"has ids, and .*items\.parquet is not there"):
        read_vectors(folder, place, 4)
