import os
import socket
import time
from pathlib import Path

import pytest

from seqrec_core.errors import SpecError
from seqrec_core.reading import limits
from seqrec_core.reading.files import data_of_file
from seqrec_core.session import dump, load, load_raw, load_resolved, read
from seqrec_core.spec.recipe import FeatureSpec


def nested(depth):
    data = {}
    for _ in range(depth):
        data = {"a": data}
    return data


def itself():
    data = {"seqrec": 1, "model": []}
    data["model"].append(data)
    return data


def doubling():
    data = []
    for _ in range(60):
        data = [data, data]
    return {"model": data}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (nested(100), "nested deeper than 100, or holds itself"),
        (nested(5_000), "nested deeper"),
        (itself(), "nested deeper"),
        (doubling(), "more than 1,000,000 values"),
        ({"schema": {"features": [0] * 100_001}}, r"schema\.features: has 100,001 entries"),
        ({"k" * 251: 1}, "a key of 251 characters"),
        ({"seed": 10**120}, "seed: holds a number of more than 100 digits"),
        ({"model": "a\0"}, r"model: has the character '\\x00'"),
        ({"model": {"\ud800": 1}}, r"model: the key '\\ud800'"),
    ],
)
def test_data_of_python_has_limits(data, words):
    start = time.process_time()
    with pytest.raises(SpecError, match=words):
        load_resolved(data)
    assert time.process_time() - start < 3


def test_what_is_just_within_the_limits_passes():
    data = {"k" * 250: [0] * 100_000, "a": 10**100 - 1, "b": nested(98), "c": "é\n\x1b"}
    limits.check(data)


def test_what_holds_itself_cannot_be_dumped_or_read():
    feature = FeatureSpec(name=itself(), type=None)
    with pytest.raises(SpecError, match="holds itself"):
        dump(feature)
    with pytest.raises(SpecError, match="holds itself"):
        read(itself(), FeatureSpec)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "{" + " " * 10_000_000 + "}", "larger than 10,000,000 bytes"),
        ("a.toml", "#" * 1_000_001, "larger than 1,000,000 bytes"),
        ("a.yaml", "#" * 1_000_001, "larger than 1,000,000 bytes"),
        ("a.json", '{"seqrec": 1, "a": ' * 700 + "1" + "}" * 700, "nested deeper"),
        ("a.json", '{"a": ' * 99_000, "nested deeper"),
        ("a.toml", "a." * 5_000 + "b = 1", "nested deeper"),
        ("a.toml", "a = " + "[" * 5_000, "nested deeper"),
        ("a.yaml", "a: &x [1]\nb: [*x, *x]", r"an anchor.*\n.*is a reference"),
        ("a.yaml", "a: [" + "1," * 60_000 + "]", "more than 20,000 values"),
        ("a.json", '{"seed": 1e999, "a\\ud800": 1}', r"the key 'a\\ud800'"),
        ("a.json", "{" + ", ".join(['"k": 1'] * 50_000) + "}", "k: stands twice"),
    ],
)
def test_files_have_limits_and_are_refused_soon(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    start = time.process_time()
    with pytest.raises(SpecError, match=words) as caught:
        load_raw(path)
    assert time.process_time() - start < 3
    assert "recursion" not in str(caught.value)


@pytest.fixture
def odd(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        (tmp_path / "link").symlink_to("fifo")
        (tmp_path / "folder").mkdir()
        yield tmp_path


@pytest.mark.parametrize(
    "name", ["fifo", "socket", "link", "/dev/zero", "/dev/full", "/dev/tty", "folder"]
)
@pytest.mark.parametrize("suffix", [".json", ".toml", ".yaml"])
def test_what_is_no_file_is_refused_unread(odd, name, suffix):
    place = odd / f"spec{suffix}"
    place.symlink_to(odd / name)
    with pytest.raises(SpecError, match=r"it is a (pipe, a device or a socket|folder)"):
        data_of_file(place)
    with pytest.raises(SpecError, match="cannot be read"):
        load_raw(Path(name) if name.startswith("/") else odd / name)


def test_chains_of_specs_have_limits(tmp_path):
    for number in range(25):
        (tmp_path / f"{number}.json").write_text(f'{{"extends": "{number + 1}.json"}}')
    with pytest.raises(SpecError, match="more than 20 specs extend each other"):
        load_raw(tmp_path / "0.json")
    for number in range(3):
        text = f'{{"extends": "{number + 1}.json"{" " * 4_000_000}}}'
        (tmp_path / f"{number}.json").write_text(text)
    with pytest.raises(SpecError, match=r"0\.json and all that it extends are larger"):
        load_raw(tmp_path / "0.json")


def test_home_and_variables_in_the_path_of_a_base_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "base.json").write_text('{"data": {"folder": "d0"}}')
    for base in ("~/base.json", "${HOME}/base.json"):
        (tmp_path / "a.json").write_text(f'{{"extends": "{base}"}}')
        folder = load_raw(tmp_path / "a.json")["data"]["folder"]
        assert folder == str(tmp_path / "home" / "d0")
    (tmp_path / "a.json").write_text('{"extends": "${NOBODY_SET}/base.json"}')
    with pytest.raises(SpecError, match=r"extends: .* the environment has no NOBODY_SET"):
        load_raw(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["seed=1"] * 1_001, "more than 1,000 times"),
        (["model=" + "x" * 100_000], "more than 100,000 characters"),
        ([".".join("a" * 101) + "=1"], "longer than any of a spec"),
        (["trackers." + "9" * 5_000 + "=1"], "longer than any of a spec"),
        (["model=" + "[" * 2_000 + "]" * 2_000], "nested deeper"),
        (["model=" + "[" * 300 + "]" * 300], "nested deeper"),
    ],
)
def test_assignments_have_limits(data, words, message):
    with pytest.raises(SpecError, match=message):
        load(data, words)
