"""The page about a run."""

import re
import shutil
from pathlib import Path

import pytest
from seqrec_tool_run.report_page import write_report

from seqrec_core import Bundle

STORED = Path(__file__).parents[3] / "core" / "bundles" / "trained" / "sasrec"


HOSTILE = ("<script>x</script>", "<b>@1", 'a" onload="x', "<img src=//x>", "</table><iframe>")


def test_names_in_the_report_are_text_not_markup(run):
    Bundle(run).update_metrics({f"{name}/{name}@1": 0.5 for name in HOSTILE})
    (run / "logs" / "<b>.csv").write_text("")
    write_report(Bundle(run), Bundle(run).recipe)
    page = (run / "report.html").read_text()
    for tag in ("<script", "<b>", "<img src=//", "<iframe", 'a" onload'):
        assert tag not in page
    assert "&lt;b&gt;@1" in page
    assert "&lt;b&gt;.csv" in page


def test_the_page_is_whole_and_may_load_and_run_nothing(run):
    page = (run / "report.html").read_text()
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert re.findall(r'(?:src|href)="([^,"]*)', page) == []
    assert page.count("<svg") == page.count("</svg>") == 2
    assert "prefers-color-scheme: dark" in page


def test_the_page_has_settings_metrics_and_the_files_that_are_there(run):
    (run / "curve.png").write_bytes(b"of an earlier edition")
    (run / "checkpoints" / "last.ckpt").unlink()
    write_report(Bundle(run), Bundle(run).recipe)
    page = (run / "report.html").read_text()
    assert not (run / "curve.png").exists()
    for text in ("<h1>last_item</h1>", "<h2>validate</h2>", "<td>optimizer.lr</td><td>0.3</td>"):
        assert text in page
    assert "model.safetensors" in page
    assert "last.ckpt" not in page


def test_a_bundle_without_history_has_a_page_without_curve(run):
    (run / "logs" / "history.csv").unlink()
    write_report(Bundle(run), Bundle(run).recipe)
    page = (run / "report.html").read_text()
    assert "<svg" not in page
    assert "<h2>Settings</h2>" in page


@pytest.mark.filterwarnings("ignore:.*was made with other code:RuntimeWarning")
def test_a_setting_that_parts_inherit_is_there_once(tmp_path):
    bundle = Bundle(shutil.copytree(STORED, tmp_path / "run"))
    assert bundle.path.joinpath("spec.lock.json").read_text().count('"embedding_dim"') > 1
    write_report(bundle, bundle.recipe)
    assert (tmp_path / "run" / "report.html").read_text().count("embedding_dim</td>") == 1


def test_a_history_without_seconds_has_a_page_too(run):
    (run / "logs" / "history.csv").write_text("epoch,step,ndcg@10\n1.0,5,0.25\n")
    write_report(Bundle(run), Bundle(run).recipe)
    assert "<p>1 epochs, best after" in (run / "report.html").read_text()
