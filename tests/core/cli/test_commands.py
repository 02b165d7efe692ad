"""The commands of the core, as a shell sees them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import modules_after, seqrec
from strangers import POINTS, RIVAL

from seqrec_core import session
from seqrec_core.registry import Registry


@pytest.fixture
def spec(tmp_path):
    def write(**changes):
        data = {
            "seqrec": 2,
            "schema": {
                "features": [
                    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
                ]
            },
            "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, **changes},
        }
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_listing_shows_components():
    done = seqrec("plugins", "list", "loss")
    assert done.returncode == 0
    assert "seqrec-loss-ce" in done.stdout


def test_a_kind_of_a_stranger_is_listed_and_where_two_declare_it_the_state_says_so(monkeypatch):
    monkeypatch.setattr(session, "registry", Registry(POINTS))
    rows = [line.split() for line in seqrec("plugins", "list", "reranker").stdout.splitlines()]
    assert ["reranker", "mmr", "acme-mmr", "1.0", "ok"] in rows
    monkeypatch.setattr(session, "registry", Registry([*POINTS, RIVAL]))
    listed = seqrec("plugins", "list").stdout
    assert "unusable: the kind 'reranker' is declared by acme-rerank and by other-rerank" in listed
    shown = seqrec("plugins", "show", "reranker", "mmr")
    assert shown.returncode == 2
    assert "uninstall one of them" in shown.stderr


def test_an_unknown_kind_exits_with_2_and_no_traceback():
    done = seqrec("plugins", "list", "los")
    assert done.returncode == 2
    assert "did you mean 'loss'" in done.stderr
    assert "Traceback" not in done.stderr


def test_showing_a_component_lists_its_fields():
    done = seqrec("plugins", "show", "loss", "ce_sampled")
    assert done.returncode == 0, done.stderr
    assert "negative_labels_ignore_index" in done.stdout
    assert "seqrec_loss_ce.from_spec:ce_sampled" in done.stdout


def test_validating_a_good_spec_says_ok(spec):
    path = spec()
    assert seqrec("validate", path)[:2] == (0, f"{path}: ok\n")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("d0", "d0 is not there; make it with `seqrec data prepare`"),
        ("spec.json", "spec.json is a file"),
    ],
)
def test_a_data_folder_that_is_not_there_is_noticed_and_a_fault_where_asked(spec, folder, words):
    path = spec()
    command = ("validate", path, "--set", "data=parquet", "--set", f"data.folder={folder}")
    done = seqrec(*command)
    assert done[:2] == (0, f"{path}: ok\n")
    assert done.stderr.startswith(f"notice: data.folder: {path.parent / words}")
    strict = seqrec(*command, "--strict")
    assert strict[:2] == (2, "")
    assert f"data.folder: {path.parent / words}" in strict.stderr


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("~ann9/d0", "there is no user 'ann9'"),
        ("${NOBODY_SET}", "the environment has no NOBODY_SET"),
        ("/mnt/${NOBODY_SET}/d0", "the environment has no NOBODY_SET"),
        ("s3://${NOBODY_SET}/d0", "the environment has no NOBODY_SET"),
        ("$DATA/d0", "write ${DATA}"),
        ("foo://b/d0", "foo://b/d0: no file system answers to it"),
    ],
)
def test_a_folder_that_cannot_be_expanded_is_a_fault(spec, folder, words):
    done = seqrec("validate", spec(), "--set", "data=parquet", "--set", f"data.folder={folder}")
    assert done[:2] == (2, "")
    assert words in done.stderr


def test_home_and_variables_in_a_folder_are_expanded(spec, monkeypatch):
    path = spec()
    monkeypatch.setenv("PLACE", str(path.parent))
    monkeypatch.setenv("HOME", str(path.parent))
    pq.write_table(pa.table({"query_id": [0], "item_id": [[1, 2]]}), path.parent / "train.parquet")
    for folder in ("${PLACE}", "~", "${PLACE}/.", f"file://{path.parent}"):
        command = ("validate", path, "--set", "data=parquet", "--set", f"data.folder={folder}")
        assert seqrec(*command, "--strict") == (0, f"{path}: ok\n", "")


def test_a_data_folder_that_is_there_needs_no_word(spec):
    path = spec()
    train = pa.table({"query_id": [0], "item_id": [[1, 2]]})
    pq.write_table(train, path.parent / "train.parquet")
    for folder in (".", path.parent):
        command = ("validate", path, "--set", "data=parquet", "--set", f"data.folder={folder}")
        assert seqrec(*command, "--strict") == (0, f"{path}: ok\n", "")


def test_listing_helping_and_validating_import_neither_torch_nor_what_computes(spec):
    listed, helped, validated = modules_after(["plugins", "list"], ["--help"], ["validate", spec()])
    assert not [m for m in listed if m.startswith("seqrec_") and not m.startswith("seqrec_core")]
    assert "torch" not in validated
    heavy = {"torch", "numpy", "pyarrow", "polars", "lightning", "cattrs"}
    assert not heavy & set(helped)


def test_five_mistakes_get_five_lines_exit_code_2_and_no_traceback(spec):
    path = spec(
        loss={"type": "ce_sampeld"},
        num_blocks="2",
        num_head=2,
        dropout=1.5,
        encoder={"num_bloks": 1},
    )
    done = seqrec("validate", path)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = dict(line.split(": ", 1) for line in done.stderr.splitlines())
    assert list(lines) == [
        "model.num_head",
        "model.num_blocks",
        "model.dropout",
        "model.encoder.num_bloks",
        "model.loss.type",
    ]
    assert "did you mean 'num_heads'" in lines["model.num_head"]
    assert "did you mean 'ce_sampled'" in lines["model.loss.type"]
    assert "expected a whole number, got '2'" in lines["model.num_blocks"]


def test_resolve_prints_every_value_and_where_it_came_from(spec):
    path = spec()
    resolved = json.loads(seqrec("resolve", path).stdout)
    assert resolved["model"]["loss"]["type"] == "seqrec-loss-ce:ce"
    assert resolved["model"]["encoder"]["embedding_dim"] == 8
    origins = seqrec("resolve", path, "--origins").stdout
    assert "model.encoder.embedding_dim  ←  model.embedding_dim" in origins


def test_build_shows_the_parts_and_writes_a_bundle(spec, tmp_path):
    done = seqrec("build", spec(), "--out", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    for text in ("encoder: sasrec_transformer", "seqrec-encoder-sasrec", "(B, 50, 8)", "(B, 50)"):
        assert text in done.stdout
    assert (tmp_path / "bundle" / "model.safetensors").is_file()


def test_a_plan_of_a_billion_items_takes_no_memory(spec):
    path = spec()
    done = seqrec("build", path, "--plan", "--set", "schema.features.0.cardinality=1000000000")
    assert done.returncode == 0, done.stderr
    assert "32 GB" in done.stdout


def test_a_place_that_cannot_be_written_to_is_named(spec, tmp_path):
    (tmp_path / "file").touch()
    done = seqrec("build", spec(), "--out", tmp_path / "file")
    assert done.returncode == 2
    assert f"{tmp_path / 'file'}" in done.stderr
    assert "Traceback" not in done.stderr


ESCAPES = "\x1b]0;owned\x07\x9b31m\u202e"
SHOWN = r"\x1b]0;owned\x07\x9b31m\u202e"


def test_nothing_that_a_spec_says_commands_the_terminal(spec, tmp_path):
    for changes in (
        {"type": ESCAPES},
        {"type": f"os:{ESCAPES}"},
        {ESCAPES: 1},
        {"norm": {ESCAPES: {}}},
        {"dropout": ESCAPES},
    ):
        done = seqrec("validate", spec(**changes))
        assert done.returncode == 2
        assert SHOWN in done.stderr.replace("\\\\", "\\")
        assert not {*ESCAPES} & {*done.stderr} - {*"]0;owned31m"}


def test_nothing_in_a_path_commands_the_terminal(spec, tmp_path):
    path = spec().rename(tmp_path / f"{ESCAPES}.json")
    assert seqrec("validate", path).stdout == f"{tmp_path}/{SHOWN}.json: ok\n"
    assert SHOWN in seqrec("validate", tmp_path / f"{ESCAPES}.none").stderr


def test_a_resolved_spec_is_json_whatever_it_says(spec):
    path = spec()
    raw = json.loads(path.read_text())
    raw["schema"]["features"][0]["name"] = f"é{ESCAPES}"
    path.write_text(json.dumps(raw))
    done = seqrec("resolve", path)
    assert json.loads(done.stdout)["schema"]["features"][0]["name"] == f"é{ESCAPES}"
    assert "é" in done.stdout
    assert "\x9b" not in done.stdout
