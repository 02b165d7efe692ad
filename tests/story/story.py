"""From a file to a service, and on with tomorrow's file: by commands, in Python, in a notebook.

    python tests/story/story.py OUT

`nox -s story` runs it in an environment that has what `pip install "seqrec[onnx,serve]"` brings. A
step that does not do what it should ends it; the table of steps and seconds goes to OUT/story.json.
"""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shop import write_shop

SMALL = (
    *("--set", "model.embedding_dim=32", "--set", "model.num_heads=2"),
    *("--set", "data.batch_size=32", "--set", "trainer.max_epochs=6"),
)
RUNS = ("run", "run2")  # before and after the update
HISTORY = ("product-0000", "product-0012", "product-0024")


class Story:
    """Steps in a folder, each with its seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seconds = folder, {}

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        print(f"\n== {title}", flush=True)
        start = time.monotonic()
        yield
        self.seconds[title] = round(time.monotonic() - start, 1)

    def seqrec(self, *words: str) -> str:
        """What a command prints; it must succeed."""
        print("$ seqrec", *words, flush=True)
        done = subprocess.run(
            ["seqrec", *words], cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True
        )
        print(done.stdout, flush=True)
        return done.stdout

    def recommended(self, bundle: str, *more: str) -> list[str]:
        """The items that the command recommends after the history of the story."""
        text = self.seqrec("recommend", bundle, *HISTORY, "--top-k", "5", "--json", *more)
        return [answer["item"] for answer in json.loads(text)]


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True)
    story = Story(folder)
    start = time.monotonic()
    write_shop(folder)
    with story.step("prepare"):
        story.seqrec("data", "prepare", "today.csv", "--out", "data")
    with story.step("init"):
        story.seqrec("init", "esasrec", "--data", "data", "--out", "spec.json", *SMALL)
    with story.step("fit"):
        story.seqrec("fit", "spec.json", "--out", "run")
    with story.step("evaluate"):
        story.seqrec("evaluate", "run")
        metrics = json.loads(story.seqrec("show", "run", "--json"))["metrics"]
        model, popularity = metrics["test/ndcg@10"], metrics["test/popularity/ndcg@10"]
        assert model > 1.5 * popularity, f"ndcg@10 {model} beside popularity's {popularity}"
    with story.step("export"):
        story.seqrec("export", "run", "--to", "onnx", "--out", "model.onnx")
    with story.step("serve"):
        assert served(folder) == story.recommended("run"), "the service answers otherwise"
    with story.step("update"):
        continued = ("--ids-from", "run", "--new-items", "append")
        story.seqrec("data", "prepare", "tomorrow.csv", *continued, "--out", "tomorrow")
        story.seqrec("update", "run", "--data", "tomorrow", "--out", "run2", "--epochs", "3")
        known, items = (json.loads(story.seqrec("show", run, "--json"))["items"] for run in RUNS)
        assert items > known, f"{known} items before the update, {items} after it"
    with story.step("push and pull"):
        shelf = (folder / "shelf").as_uri()
        story.seqrec("push", "run2", f"{shelf}/shop")
        story.seqrec("pull", f"{shelf}/shop", "pulled")
        story.seqrec("bundle", "verify", "pulled")
        assert story.recommended("pulled") == story.recommended("run2")
    with story.step("in Python"):
        script = Path(__file__).with_name("in_python.py")
        subprocess.run([sys.executable, script, folder], cwd=folder, check=True)
    with story.step("in a notebook"):
        notebook = Path(__file__).with_name("in_a_notebook.py")
        subprocess.run([sys.executable, notebook, folder], cwd=folder, check=True)
    report(story, time.monotonic() - start)


def served(folder: Path) -> list[str]:
    """What the service answers after the history of the story; it ends when it is told to."""
    words = ("seqrec", "serve", "run", "--port", "0", "--port-file", "port")
    server = subprocess.Popen(words, cwd=folder)
    try:
        place = f"http://127.0.0.1:{waited_for(folder / 'port', server)}"
        answer = asked(f"{place}/recommend", {"history": HISTORY, "top_k": 5})
        return [each["item"] for each in answer["items"]]
    finally:
        server.terminate()
        assert server.wait(30) == 0, "the service did not end as it should"


def waited_for(file: Path, server: subprocess.Popen[bytes]) -> str:
    """What a file says as soon as it is there."""
    for _ in range(600):
        if file.is_file() and (text := file.read_text().strip()):
            return text
        assert server.poll() is None, "the service ended"
        time.sleep(0.1)
    raise AssertionError(f"{file} did not come")


def asked(url: str, question: dict[str, Any]) -> Any:
    """The answer to a question in JSON."""
    request = urllib.request.Request(
        url, json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def report(story: Story, total: float) -> None:
    """Prints the seconds of each step, and keeps them."""
    for title, seconds in story.seconds.items():
        print(f"{title:15} {seconds:6.1f} s")
    print(f"{'all':15} {total:6.1f} s")
    facts = {"steps": story.seconds, "seconds": round(total, 1)}
    (story.folder / "story.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
