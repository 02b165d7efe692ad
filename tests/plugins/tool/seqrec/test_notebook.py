"""The page on Python, as the notebook that it is: fresh, and executed without a screen."""

import importlib
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parents[4] / "docs"


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("python_page")


def test_page_and_notebook_are_fresh(page):
    stale = [file.name for file, text in page.files().items() if file.read_text("utf-8") != text]
    assert stale == [], "run `python docs/python_page.py`"


def output(cell, kind="text/plain"):
    return "".join(each["data"].get(kind, "") for each in cell.outputs if "data" in each)


@pytest.mark.slow
def test_the_notebook_runs_to_its_end(page, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    book = nbformat.read(page.NOTEBOOK, as_version=4)
    client = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    cells = {cell.source.partition("\n")[0]: cell for cell in code}
    streams = [
        (each.name, each.text)
        for cell in code
        for each in cell.outputs
        if each.output_type == "stream"
    ]
    assert streams == [], "nothing is printed, nor warned of"
    html = {source: output(cell, "text/html") for source, cell in cells.items()}
    assert "<td>users</td><td>120</td>" in html["import pandas as pd"]
    assert "<td>esasrec</td>" in html["seqrec.presets()"]
    assert '<progress value="4" max="4">' in html["run = seqrec.fit("]
    assert html["run = seqrec.fit("].count("<svg") == 2
    assert "<summary>Recipe</summary>" in html["run = seqrec.fit("]
    assert "<td>ndcg@10</td>" in html["run.evaluate()"]
    [better] = [cell for source, cell in cells.items() if source.startswith("run.metrics")]
    assert output(better) == "True"
    [frame] = [cell for source, cell in cells.items() if source.startswith("run.recommend(events")]
    assert re.findall(r"(user \d)  *item \d+ +\d", output(frame)) == ["user 1"] * 3 + ["user 2"] * 3
    assert output(cells['again = seqrec.load("run")']) == "True"
    assert (tmp_path / "run" / "report.html").is_file()
