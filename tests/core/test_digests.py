import hashlib
import json
import os

import pytest

from seqrec_core.digests import check_file, check_folder, data_digest, file_digest, folder_digests
from seqrec_core.errors import BundleError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "assets" / "part").mkdir(parents=True)
    for name in ("weights", "assets/part/a b"):
        (tmp_path / name).write_bytes(name.encode() * 50_000)
    return tmp_path


def test_a_digest_is_that_of_the_bytes(folder):
    expected = hashlib.sha256(b"weights" * 50_000).hexdigest()
    assert file_digest(folder / "weights") == f"sha256:{expected}"
    assert set(folder_digests(folder)) == {"weights", "assets/part/a b"}


def test_a_digest_of_data_minds_values_and_not_their_order():
    data = {"a": [1, 2.5, None], "b": "é\udc80"}
    assert data_digest(data) == data_digest(
        json.loads(json.dumps({"b": data["b"], "a": data["a"]}))
    )
    assert data_digest(data) != data_digest(data | {"a": [1, 2.5]})


def test_every_flipped_bit_truncation_and_absence_is_named(folder):
    digests = folder_digests(folder)
    path = folder / "weights"
    good = path.read_bytes()
    check_file(folder, "weights", digests)
    for place in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        with pytest.raises(BundleError, match=r"weights is damaged: it is not the file .*restore"):
            check_file(folder, "weights", digests)
    path.write_bytes(good[:-1])
    with pytest.raises(BundleError, match=r"weights is damaged: it is not .*349,999 bytes"):
        check_file(folder, "weights", digests)
    path.write_bytes(b"")
    with pytest.raises(BundleError, match="weights is damaged: it is empty"):
        check_file(folder, "weights", digests)
    path.unlink()
    with pytest.raises(BundleError, match="weights is missing"):
        check_file(folder, "weights", digests)
    os.mkfifo(path)  # which would be read for ever
    with pytest.raises(BundleError, match="weights is no file"):
        check_file(folder, "weights", digests)


def test_a_folder_has_all_its_files_and_no_others(folder):
    digests = folder_digests(folder)
    check_folder(folder, "assets", digests)
    (folder / "assets" / "stranger").touch()
    with pytest.raises(BundleError, match="stranger is not of this bundle"):
        check_folder(folder, "assets", digests)
    (folder / "assets" / "stranger").unlink()
    (folder / "assets" / "part" / "a b").unlink()
    with pytest.raises(BundleError, match="a b is missing"):
        check_folder(folder, "assets", digests)
