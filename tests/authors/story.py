"""Plays what authors of plugins do, from `new` to `uninstall`, outside the repository.

`python tests/authors/story.py EXAMPLES` works in an environment of its own. The projects in the
folder EXAMPLES are what the authors write; what they type and see goes to EXAMPLES/transcript,
which the pages include. Further arguments choose scenes: `… EXAMPLES a_model scaffolds`.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from desk import Desk
from log import write_log
from projects import PROJECTS, lines

SYNTH = "seqrec data synth --out data --users 600 --items 500 --clusters 10 --events-per-user 20"
INIT = """seqrec init sasrec --data data --out sasrec.json \\
    --set model.embedding_dim=32 --set model.num_heads=2 --set model.max_sequence_length=16 \\
    --set data.batch_size=8 --set trainer.max_epochs=4 \\
    --set trainer.optimizer.type=adam --set trainer.optimizer.lr=0.003"""
SMALL = "--set model.embedding_dim=32 --set data.batch_size=32 --set trainer.max_epochs=8"


class Story:
    """Scenes at a desk, each kept as a text file."""

    def __init__(self, desk: Desk, examples: Path):
        self.desk, self.examples = desk, examples

    def scene(self, name: str, *commands: str | tuple[str, int]) -> str:
        """Types commands, each alone or with the exit code it should end with; keeps the text."""
        text = "".join(self.desk.type(*([c] if isinstance(c, str) else c)) for c in commands)
        (self.examples / "transcript" / f"{name}.txt").write_text(text)
        return text

    def write(self, project: str, spec: str | None = None) -> None:
        """Writes what an author makes of the project of `new`, and a spec that names it."""
        folder = self.desk.folder / project
        shutil.rmtree(folder)
        leave = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".mypy_cache")
        shutil.copytree(self.examples / project, folder, ignore=leave)
        if spec:
            shutil.copyfile(self.examples / "specs" / spec, self.desk.folder / spec)

    def commands(self, run: str, spec: str, *history: str) -> tuple[str, ...]:
        """Every command that takes a spec, or the run that is made of it."""
        items = " ".join(f"'{item}'" for item in history)
        return (
            f"seqrec fit {spec} --out {run}",
            f"seqrec evaluate {run}",
            f"seqrec predict {run} --out {run}.parquet --top-k 5",
            f"seqrec recommend {run} {items} --top-k 3",
        )

    def metrics(self, run: str) -> dict[str, float]:
        """What was measured of a run."""
        return json.loads((self.desk.folder / run / "metrics.json").read_text())


def expect(text: str, *words: str) -> None:
    """Ends the story where words are missing."""
    for word in words:
        if word not in text:
            sys.exit(f"{text}\nthis does not say {word!r}")


def a_loss(story: Story) -> None:
    """A focal loss: written, tested, trained with, removed, missed, and back."""
    story.scene("new", "seqrec plugins new acme-focal --kind loss")
    story.write("acme-focal", "focal.json")
    story.scene("test", "cd acme-focal", 'pip install -q -e ".[test]"', "pytest -q", "cd ..")
    listing = story.scene("list", "seqrec plugins list loss", "seqrec plugins show loss focal")
    expect(listing, "acme-focal", "https://arxiv.org/abs/1708.02002")
    story.scene("data", SYNTH, INIT)
    story.scene("fit", "seqrec fit focal.json --out with-focal")
    metrics = story.metrics("with-focal")
    if metrics["validate/ndcg@10"] < 1.5 * metrics["validate/popularity/ndcg@10"]:
        sys.exit(f"a model trained with the focal loss is no better than popularity: {metrics}")
    text = story.scene(
        "uninstall",
        "pip uninstall -q -y acme-focal",
        ("seqrec fit focal.json --out again", 2),
        ("seqrec evaluate with-focal", 2),
        "seqrec validate sasrec.json",
    )
    expect(text, "comes with 'acme-focal'", "pip install acme-focal==0.1.0\n")
    story.scene("back", "pip install -q ./acme-focal", "seqrec evaluate with-focal")


def an_encoder(story: Story) -> None:
    """An LSTM, with two checks that it fails on purpose."""
    story.desk.type("seqrec plugins new acme-lstm --kind encoder")
    story.write("acme-lstm", "lstm.json")
    text = story.scene(
        "lstm",
        'pip install -q -e "./acme-lstm[test]"',
        "pytest -q -rx acme-lstm",
        "seqrec fit lstm.json --out with-lstm",
        "pip uninstall -q -y acme-lstm",
        ("seqrec fit lstm.json --out again", 2),
    )
    expect(text, "2 xfailed", "bundle: with-lstm", "comes with 'acme-lstm'")


def a_callback(story: Story) -> None:
    """A callback that leaves a file in the folder of the run."""
    story.desk.type("seqrec plugins new coverage-csv --kind callback --family coverage")
    story.write("seqrec-callback-coverage", "coverage.json")
    text = story.scene(
        "coverage",
        'pip install -q -e "./seqrec-callback-coverage[test]"',
        "pytest -q seqrec-callback-coverage",
        "seqrec fit coverage.json --out watched",
        "cat watched/coverage.csv",
        "pip uninstall -q -y seqrec-callback-coverage",
        ("seqrec fit coverage.json --out again", 2),
    )
    expect(text, "bundle: watched", "epoch,items,coverage", "comes with 'seqrec-callback-coverage'")


def a_data_module(story: Story) -> None:
    """Arrow files, and the command that writes them; whatever follows trains on them."""
    write_log(story.desk.folder / "log.csv")
    story.desk.type("seqrec plugins new acme-arrow --kind datamodule")
    story.write("acme-arrow")
    story.scene("arrow-test", 'pip install -q -e "./acme-arrow[test]"', "pytest -q acme-arrow")
    text = story.scene(
        "arrow",
        "seqrec arrow prepare log.csv --out walks",
        "ls walks",
        f"seqrec init sasrec --data walks --out arrow.json \\\n    {SMALL}",
        *story.commands("by-arrow", "arrow.json", "item 1", "item 2"),
    )
    expect(text, "sequences.arrow", "bundle: by-arrow", "recommendations: by-arrow.parquet")


def a_trainer(story: Story) -> None:
    """A loop in plain torch, on Arrow files."""
    story.desk.type("seqrec plugins new acme-loop --kind trainer")
    story.write("acme-loop")
    story.scene("loop-test", 'pip install -q -e "./acme-loop[test]"', "pytest -q acme-loop")
    text = story.scene(
        "loop",
        f"seqrec init sasrec --data walks --out loop.json \\\n    {SMALL} "
        "--set trainer.type=acme-loop:loop",
        *story.commands("by-loop", "loop.json", "item 1", "item 2"),
    )
    expect(text, "bundle: by-loop", "recommendations: by-loop.parquet")
    if not (story.desk.folder / "by-loop" / "last.pt").is_file():
        sys.exit("the loop left no checkpoint")


def a_model(story: Story) -> None:
    """BERT4Rec, trained by the loop, on Arrow files."""
    story.desk.type("seqrec plugins new acme-bert --kind model")
    story.write("acme-bert")
    story.scene("bert-test", 'pip install -q -e "./acme-bert[test]"', "pytest -q acme-bert")
    text = story.scene(
        "bert",
        f"seqrec init bert --data walks --out bert.json \\\n    {SMALL} "
        "--set trainer.type=acme-loop:loop \\\n"
        "    --set trainer.max_epochs=20",
        *story.commands("by-bert", "bert.json", "item 1", "item 2"),
    )
    expect(text, "bundle: by-bert", "recommendations: by-bert.parquet")
    metrics = story.metrics("by-bert")
    if metrics["validate/ndcg@10"] < 1.5 * metrics["validate/popularity/ndcg@10"]:
        sys.exit(f"BERT4Rec is no better than popularity: {metrics}")


def a_kind(story: Story) -> None:
    """Rerankers: a kind, its first component, and one of another author."""
    story.desk.type("seqrec plugins new acme-rerank --kind postprocessor")
    story.write("acme-rerank")
    story.desk.type('pip install -q -e "./acme-rerank[test]"')
    story.scene("pinned-new", "seqrec plugins new acme-pinned --kind reranker")
    story.write("acme-pinned")
    story.scene(
        "rerank-test",
        'pip install -q -e "./acme-pinned[test]"',
        "pytest -q acme-rerank acme-pinned",
        "seqrec plugins list reranker",
    )
    loop = f"{SMALL} --set trainer.type=acme-loop:loop"
    text = story.scene(
        "rerank",
        f"seqrec init bag --data walks --out bag.json \\\n    {loop} \\\n"
        """    --set 'model.reranker={"type": "acme-pinned:pinned", "items": [5, 3]}'""",
        *story.commands("by-bag", "bag.json", "item 1", "item 2"),
        f"seqrec init sasrec --data walks --out reranked.json \\\n    {loop} \\\n"
        """    --set 'postprocessors=["acme-rerank:rerank"]'""",
        *story.commands("reranked", "reranked.json", "item 1", "item 2"),
    )
    expect(text, "bundle: by-bag", "bundle: reranked", "recommendations: reranked.parquet")
    folder = story.desk.folder
    if parquet := [*folder.glob("walks/*.parquet")]:
        sys.exit(f"there is a parquet file among the data: {parquet}")
    text = story.scene(
        "farewell",
        "pip uninstall -q -y acme-pinned",
        ("seqrec evaluate by-bag", 2),
        "pip uninstall -q -y acme-rerank",
        ("seqrec fit reranked.json --out again", 2),
        "pip uninstall -q -y acme-bert",
        ("seqrec recommend by-bert 'item 1'", 2),
        "pip uninstall -q -y acme-loop",
        ("seqrec fit loop.json --out again", 2),
        "seqrec recommend by-loop 'item 1' --top-k 3",
        "pip uninstall -q -y acme-arrow",
        ("seqrec fit arrow.json --out again", 2),
        "seqrec recommend by-arrow 'item 1' --top-k 3",
    )
    for name in ("pinned", "rerank", "bert", "loop", "arrow"):
        expect(text, f"acme-{name}")


def scaffolds(story: Story) -> None:
    """What `new` writes for every kind, untouched: its tests, every command among them."""
    from seqrec_core import registry

    names = [f"acme-new-{kind.replace('_', '-')}" for kind in registry.kinds()]
    for name, kind in zip(names, registry.kinds(), strict=True):
        story.desk.type(f"seqrec plugins new {name} --kind {kind}")
    story.desk.type("pip install -q --no-deps " + " ".join(f"-e ./{name}" for name in names))
    text = story.scene("scaffolds", "pytest -q " + " ".join(names), "seqrec plugins doctor")
    expect(text, " passed", "all well")
    if "failed" in text or "skipped" in text:
        sys.exit(text)


SCENES: tuple[Callable[[Story], None], ...] = (
    *(a_loss, an_encoder, a_callback),
    *(a_data_module, a_trainer, a_model, a_kind, scaffolds),
)


def report(examples: Path, minutes: dict[str, float]) -> str:
    """What each scene took, as the pages have it."""
    rows = ["| who writes | project | lines of Python | minutes |", "|---|---|---|---|"]
    for scene, took in minutes.items():
        projects = PROJECTS.get(scene, ())
        names = ", ".join(f"`{project}`" for project in projects) or "one a kind, as `new` wrote it"
        count = ", ".join(str(lines(examples / project)) for project in projects)
        rows.append(f"| {scene.replace('_', ' ')} | {names} | {count} | {took:.1f} |")
    rows.append(f"| all of them | | | {sum(minutes.values()):.1f} |")
    return "\n".join(rows) + "\n"


def main(examples: Path, chosen: list[str]) -> None:
    """Plays the scenes and writes what they took."""
    minutes = {}
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Desk(Path(folder)), examples)
        for scene in SCENES:
            if not chosen or scene.__name__ in chosen:
                start = time.monotonic()
                scene(story)
                minutes[scene.__name__] = (time.monotonic() - start) / 60
    text = report(examples, minutes)
    print(text)
    if not chosen:
        (examples / "transcript" / "minutes.md").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
