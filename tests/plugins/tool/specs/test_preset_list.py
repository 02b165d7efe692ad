"""The list of presets shows each in few words, also one that cannot be used."""

import io

import pytest
from preset_points import acme, with_points
from rich.console import Console
from seqrec_tool_specs.preset_list import preset_rows, preset_table

PRESET = {
    "about": "what it is",
    "parameters": 2_376_384,
    "published": [
        {"data": "ML-1M", "metric": "ndcg@10", "value": 0.1772, "source": "arXiv:1"},
        {"data": "Beauty", "metric": "ndcg@10", "value": 0.05, "source": "arXiv:1"},
        {"data": "Beauty", "metric": "hit@10", "value": 0.09, "source": "arXiv:2"},
    ],
    "spec": {"model": "sasrec"},
}


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return with_points(*acme(tmp_path, {"acme-rec": PRESET, "acme-broken": "{"}))


def test_a_row_has_what_the_file_says(registry):
    rows = {row["name"]: row for row in preset_rows(registry)}
    expected = {key: PRESET[key] for key in ("about", "parameters", "published")}
    origin = {"name": "acme-rec", "distribution": "acme-presets", "version": "1.0"}
    assert rows["acme-rec"] == origin | expected
    assert "acme-broken.json" in rows["acme-broken"]["fault"]
    assert list(rows) == sorted(rows)


def test_the_table_fits_80_columns(registry):
    screen = io.StringIO()
    Console(file=screen, width=80).print(preset_table(preset_rows(registry)))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(screen.getvalue().split())
    assert "acme-rec 2.4M what it is acme-presets" in text
    assert "ML-1M ndcg@10 0.1772, Beauty" in text
    assert "cannot be used" in text
    assert "…" not in text
