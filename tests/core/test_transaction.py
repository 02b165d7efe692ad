"""A bundle that is replaced is the old or the new one, wherever the process ends."""

import os
import shutil

import pyarrow as pa
import pytest
import torch

from seqrec_core import Bundle, build, load
from seqrec_core import transaction as transaction_module
from seqrec_core.errors import BundleError
from seqrec_core.file_lock import lock

OPERATIONS = ("replace", "rename", "unlink", "rmdir", "mkdir", "chmod", "fsync")
ITEMS = pa.table({"item": ["a", "b"], "count": [3, 1]})


class Killed(BaseException):
    """The process ended here: nothing after it happens."""


@pytest.fixture
def killed_at(monkeypatch):
    """Ends what is run at its n-th operation on files; whether it came so far."""

    def run(number, action):
        count = 0

        def ending(operation):
            def counted(*arguments, **named):
                nonlocal count
                count += 1
                if count > number:
                    raise Killed
                return operation(*arguments, **named)

            return counted

        with monkeypatch.context() as patch:
            for name in OPERATIONS:
                patch.setattr(os, name, ending(vars(os)[name]))
            try:
                action()
            except Killed:
                return True
        return False

    return run


@pytest.fixture
def written(data):
    def write(path, seed, metrics, items=None):
        recipe = load(data | {"seed": seed})
        return Bundle.write(path, build(recipe), recipe, metrics, items)

    return write


def state(path):
    bundle = Bundle.load(path)
    weights = torch.cat([value.flatten() for value in bundle.model.state_dict().values()])
    items = bundle.item_table and bundle.item_table.to_pydict()
    return bundle.recipe.seed, weights.tolist(), bundle.metrics, items


@pytest.mark.slow
def test_a_bundle_that_is_killed_while_it_is_written_is_the_old_or_the_new_one(
    written, killed_at, tmp_path
):
    old, new = (3, {"a": 1.0}, ITEMS), (4, {"b": 2.0}, None)
    written(tmp_path / "old", *old)
    written(tmp_path / "new", *new)
    states = [state(tmp_path / name) for name in ("old", "new")]
    assert states[0] != states[1]
    seen, number, goes_on = [], 0, True
    while goes_on:
        run = shutil.copytree(tmp_path / "old", tmp_path / f"run{number}")
        goes_on = killed_at(number, lambda run=run: written(run, *new))
        seen.append(states.index(state(run)))
        written(run, *old)
        assert state(run) == states[0], "what comes next is not disturbed by what was left"
        assert not {".draft", ".complete"} & {path.name for path in run.iterdir()}
        number += 1
    assert seen == sorted(seen), "once it is the new one it stays so"
    assert len(seen) > 12
    assert {*seen} == {0, 1}


def test_metrics_that_are_added_are_there_or_not(written, killed_at, tmp_path):
    written(tmp_path / "old", 3, {"a": 1.0, "b": 1.0}, ITEMS)
    seen, number, goes_on = [], 0, True
    while goes_on:
        run = shutil.copytree(tmp_path / "old", tmp_path / f"run{number}")
        goes_on = killed_at(number, lambda run=run: Bundle(run).update_metrics({"b": 2, "c": 3}))
        seen.append(Bundle.load(run).metrics)
        number += 1
    assert [each for i, each in enumerate(seen) if each not in seen[:i]] == [
        {"a": 1.0, "b": 1.0},
        {"a": 1.0, "b": 2, "c": 3},
    ]


def test_a_transaction_that_cannot_be_finished_says_how_it_can(written, tmp_path, monkeypatch):
    path = written(tmp_path / "run", 3, {"a": 1.0}).path
    shutil.copytree(path, tmp_path / "new")
    (tmp_path / "new").rename(path / ".complete")

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(BundleError, match=r"Read-only .*make .*run writable, or copy it"):
            Bundle.load(path)
    assert Bundle.load(path).metrics == {"a": 1.0}
    assert not (path / ".complete").exists()


def test_nothing_is_written_through_links(written, tmp_path):
    path = written(tmp_path / "run", 3, {"a": 1.0}, ITEMS).path
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("metrics.json", "items.parquet", "model.safetensors", "spec.lock.json"):
        (path / name).rename(outside / name)
        (path / name).symlink_to(outside / name)
    for name in ("assets", ".draft"):
        (path / name).symlink_to(outside, target_is_directory=True)
    before = {file.name: file.read_bytes() for file in outside.iterdir()}
    written(path, 4, {"b": 2.0}, ITEMS)
    assert {file.name: file.read_bytes() for file in outside.iterdir()} == before
    assert not any(file.is_symlink() for file in path.iterdir())
    assert Bundle.load(path).metrics == {"b": 2.0}
    (path / ".complete").symlink_to(outside, target_is_directory=True)
    for action in (Bundle.load, lambda path: written(path, 5, {})):
        with pytest.raises(BundleError, match=r"\.complete is no folder of seqrec; remove it"):
            action(path)
    assert {file.name: file.read_bytes() for file in outside.iterdir()} == before


def test_all_files_have_the_mode_of_the_umask(written, tmp_path):
    old = os.umask(0o027)
    try:
        path = written(tmp_path / "run", 3, {"a": 1.0}, ITEMS).path
    finally:
        os.umask(old)
    assert {file.stat().st_mode & 0o777 for file in path.iterdir()} == {0o640}


def test_two_who_write_take_turns(tmp_path):
    with (
        transaction_module.held(tmp_path, to_read=True),
        transaction_module.held(tmp_path, to_read=True),
        (tmp_path / "both read").open("w"),
    ):
        assert (tmp_path / "both read").exists()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with transaction_module.held(tmp_path):
        assert not lock(descriptor, wait=False)
    os.close(descriptor)
