"""The command as it is typed: a real server in a process of its own, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import pytest
from command_line import seqrec
from untrained_bundle import named, written

# Neither of these needs to be installed.
WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in (
            "lightning", "pytorch_lightning", "pandas", "polars", "matplotlib",
            "seqrec_trainer_lightning", "seqrec_tool_run", "seqrec_tool_prepare",
        ):
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from seqrec_core.cli import main
main()
"""


class Server:
    """`seqrec serve` of a bundle."""

    def __init__(self, bundle, *options, **environment):
        command = [sys.executable, "-c", WITHOUT, "serve", str(bundle), "--port", "0", "--json"]
        self.process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.facts = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def stop(self):
        """Its exit code after SIGTERM, and what it wrote to the error output."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


def waited_for(file):
    """The number in a file as soon as it is there."""
    for _ in range(100):
        if file.exists():
            return int(file.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{file} did not come")


@pytest.mark.slow
def test_it_answers_without_trainer_lightning_or_pandas_and_keeps_its_token(tmp_path):
    file = tmp_path / "port"
    options = ("--token-env", "SECRET", "--port-file", str(file))
    with Server(written(tmp_path), *options, SECRET="abc123") as server:
        assert server.facts["url"] == f"http://127.0.0.1:{waited_for(file)}"
        ask = {"url": f"{server.facts['url']}/recommend", "json": {"history": named([1])}}
        assert httpx.post(**ask).status_code == 401
        answer = httpx.post(**ask, headers={"Authorization": "Bearer abc123"})
        assert len(answer.json()["items"]) == 10
        assert answer.json()["bundle"] == server.facts["bundle"]
        code, said = server.stop()
        assert code == 0
        assert "abc123" not in said
        assert not file.exists()


@pytest.mark.slow
def test_at_a_signal_it_refuses_what_is_new_finishes_what_runs_and_ends_with_0(tmp_path):
    with Server(written(tmp_path), "--batch-wait-ms", "1500") as server:
        url, answers = server.facts["url"], []

        def ask():
            answers.append(httpx.post(f"{url}/recommend", json={"history": []}, timeout=10))

        with httpx.Client(base_url=url) as other:
            assert other.get("/health").status_code == 200  # a connection that stays open
            asking = threading.Thread(target=ask)
            asking.start()
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            refused = other.post("/recommend", json={"history": []})
            new = httpx.post(f"{url}/recommend", json={"history": []})
        asking.join()
        assert [refused.status_code, new.status_code] == [503, 503]
        assert refused.headers["retry-after"] == "1"
        assert answers[0].status_code == 200
        assert server.process.wait(20) == 0


@pytest.mark.slow
def test_what_runs_longer_than_the_grace_is_cut_off_soon_after(tmp_path):
    options = ("--batch-wait-ms", "9000", "--grace-s", "3")
    with Server(written(tmp_path), *options) as server:

        def ask():
            with suppress(httpx.HTTPError):
                httpx.post(f"{server.facts['url']}/recommend", json={"history": []}, timeout=20)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.5)
        start = time.monotonic()
        assert server.stop()[0] == 0
        assert 3 <= time.monotonic() - start < 5.5
        asking.join()


@pytest.mark.slow
def test_several_processes_share_a_port_where_they_are_told_to(tmp_path):
    bundle = written(tmp_path)
    with Server(bundle, "--reuse-port") as first:
        port = first.facts["url"].rpartition(":")[2]
        with Server(bundle, "--reuse-port", "--port", port) as second:
            assert second.facts["url"] == first.facts["url"]
            assert (first.stop()[0], second.stop()[0]) == (0, 0)


def test_the_command_refuses_what_it_cannot_serve(tmp_path):
    bundle = written(tmp_path)
    for options, said in (
        (["--titles", "items.csv"], "give FILE:ID:TITLE"),
        (["--token-env", "NOT_SET"], "--token-env names NOT_SET"),
        (["--host", "256.1.1.1"], "cannot listen on 256.1.1.1:8000"),
    ):
        done = seqrec("serve", bundle, *options)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    done = seqrec("serve", tmp_path, "--port", "0")
    assert done.returncode == 2
    assert "is no bundle" in done.stderr


def test_a_port_that_is_taken_is_said(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = seqrec("serve", written(tmp_path), "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
