"""The projects of docs/examples, by the scene of the story in which they are written."""

from pathlib import Path

__all__ = ["AS_NEW", "PROJECTS", "lines"]

PROJECTS = {
    "a_loss": ("acme-focal",),
    "an_encoder": ("acme-lstm",),
    "a_callback": ("seqrec-callback-coverage",),
    "a_data_module": ("acme-arrow",),
    "a_trainer": ("acme-loop",),
    "a_model": ("acme-bert",),
    "a_kind": ("acme-rerank", "acme-pinned"),
}
AS_NEW = {"acme-lines": "tracker", "acme-targets": "sampler"}  # kinds of those that `new` wrote


def lines(project: Path) -> int:
    """Lines of the code of a project that hold something, comments and tests apart."""
    modules = [file for file in project.glob("*_*/*.py") if file.name != "suite.py"]
    texts = [line.strip() for file in modules for line in file.read_text().splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in texts)
