"""Plays the story of docs/first-plugin.md: three plugins, from `new` to the end, by other authors.

`python tests/authors/story.py EXAMPLES` works outside the repository, in an environment of its
own. The projects in the folder EXAMPLES are what the authors write; what they type and see goes
to EXAMPLES/transcript, which the page includes.
"""

import json
import sys
import tempfile
from pathlib import Path
from shutil import copyfile

from desk import Desk

SYNTH = "seqrec data synth --out data --users 600 --items 500 --clusters 10 --events-per-user 20"
INIT = """seqrec init sasrec --data data --out sasrec.json \\
    --set model.embedding_dim=32 --set model.num_heads=2 --set model.max_sequence_length=16 \\
    --set data.batch_size=8 --set trainer.max_epochs=4 \\
    --set trainer.optimizer.type=adam --set trainer.optimizer.lr=0.003"""


class Story:
    """Scenes at a desk, each kept as a text file."""

    def __init__(self, desk: Desk, examples: Path):
        self.desk, self.examples = desk, examples

    def scene(self, name: str, *commands: str | tuple[str, int]) -> str:
        """Types commands, each alone or with the exit code it should end with; keeps the text."""
        text = "".join(self.desk.type(*([c] if isinstance(c, str) else c)) for c in commands)
        (self.examples / "transcript" / f"{name}.txt").write_text(text)
        return text

    def write(self, project: str, spec: str) -> None:
        """Writes the code of an author over that of `new`, and a spec that names it."""
        example, folder = self.examples / project, self.desk.folder / project
        for path in sorted(folder.rglob("*.py")):
            copyfile(example / path.relative_to(folder), path)
        copyfile(self.examples / "specs" / spec, self.desk.folder / spec)


def expect(text: str, *words: str) -> None:
    """Ends the story where words are missing."""
    for word in words:
        if word not in text:
            sys.exit(f"{text}\nthis does not say {word!r}")


def a_loss(story: Story) -> None:
    """gBCE: written, tested, trained with, removed, missed, and back."""
    story.scene("new", "seqrec plugins new gbce --kind loss --family gbce")
    story.write("seqrec-loss-gbce", "gbce.json")
    story.scene("test", "cd seqrec-loss-gbce", 'pip install -q -e ".[test]"', "pytest -q", "cd ..")
    listing = story.scene("list", "seqrec plugins list loss", "seqrec plugins show loss gbce")
    expect(listing, "seqrec-loss-gbce", "https://arxiv.org/abs/2308.07192")
    story.scene("data", SYNTH, INIT)
    story.scene("fit", "seqrec fit gbce.json --out with-gbce")
    metrics = json.loads((story.desk.folder / "with-gbce" / "metrics.json").read_text())
    if metrics["validate/ndcg@10"] < 1.5 * metrics["validate/popularity/ndcg@10"]:
        sys.exit(f"a model trained with gBCE is no better than popularity: {metrics}")
    text = story.scene(
        "uninstall",
        "pip uninstall -q -y seqrec-loss-gbce",
        ("seqrec fit gbce.json --out again", 2),
        ("seqrec evaluate with-gbce", 2),
        "seqrec validate sasrec.json",
    )
    expect(text, "pip install seqrec-loss-gbce\n", "pip install seqrec-loss-gbce==0.1.0\n")
    story.scene("back", "pip install -q ./seqrec-loss-gbce", "seqrec evaluate with-gbce")


def an_encoder(story: Story) -> None:
    """A GRU, with two checks that it fails on purpose."""
    story.desk.type("seqrec plugins new gru --kind encoder --family gru")
    story.write("seqrec-encoder-gru", "gru.json")
    text = story.scene(
        "gru",
        'pip install -q -e "./seqrec-encoder-gru[test]"',
        "pytest -q -rx seqrec-encoder-gru",
        "seqrec fit gru.json --out with-gru",
        "pip uninstall -q -y seqrec-encoder-gru",
        ("seqrec fit gru.json --out again", 2),
    )
    expect(text, "2 xfailed", "bundle: with-gru", "pip install seqrec-encoder-gru\n")


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
    expect(
        text, "bundle: watched", "epoch,items,coverage", "pip install seqrec-callback-coverage\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Desk(Path(folder)), Path(sys.argv[1]).resolve())
        a_loss(story)
        an_encoder(story)
        a_callback(story)
