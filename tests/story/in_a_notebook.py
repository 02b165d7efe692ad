"""The same in a notebook: `python in_a_notebook.py FOLDER`, which holds today.csv.

The cells are executed without a screen, by a kernel of the interpreter that runs this.
"""

import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

CELLS = (
    "import polars as pl\nimport seqrec",
    "data = seqrec.prepare(pl.read_csv('today.csv'), out='notebook/data')\ndata",
    "seqrec.presets()",
    "small = {'model.embedding_dim': 32, 'model.num_heads': 2, 'data.batch_size': 32}\n"
    "run = seqrec.fit('esasrec', data, epochs=3, out='notebook/run', set=small)\n"
    "run",
    "run.evaluate()",
    "run.recommend([['product-0000', 'product-0012'], ['product-0005']], top_k=5)",
)


class OwnKernel(AsyncKernelManager):
    """The kernel of this interpreter, whatever kernels the machine has by that name."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started."""
        start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=start, display_name="here", language="python")


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(book, timeout=300, kernel_manager_class=OwnKernel, resources=resources)
    client.execute()  # raises at a cell that does
    nbformat.write(book, folder / "notebook.ipynb")
    _, data, presets, run, metrics, answers = (html(cell) for cell in book.cells)
    assert "<td>users</td><td>800</td>" in data, data
    assert "<td>esasrec</td>" in presets, presets
    assert '<progress value="3" max="3">' in run, run
    assert run.count("<svg") == 2, "a curve of the loss and one of the metrics"
    assert "<summary>Recipe</summary>" in run, run
    assert "<td>ndcg@10</td>" in metrics, metrics
    assert not answers, "a list of lists has no HTML"
    assert text(book.cells[-1]).count("Recommendation(item=") == 10, text(book.cells[-1])
    print(f"{len(book.cells)} cells ran; with what they show: {folder / 'notebook.ipynb'}")


def html(cell: nbformat.NotebookNode) -> str:
    """What a cell shows as a page."""
    return shown(cell, "text/html")


def text(cell: nbformat.NotebookNode) -> str:
    """What a cell shows as text."""
    return shown(cell, "text/plain")


def shown(cell: nbformat.NotebookNode, kind: str) -> str:
    """What a cell shows of a kind."""
    return "".join(each.data.get(kind, "") for each in cell.outputs if "data" in each)


if __name__ == "__main__":
    main()
