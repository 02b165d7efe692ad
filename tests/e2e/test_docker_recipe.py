"""The Dockerfile of docs/docker.md: its lines as they stand, and the image where docker is."""

import importlib.metadata
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
import venv
from pathlib import Path

import pytest
from command_line import seqrec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from untrained_bundle import named, written

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "docker.md").read_text("utf-8")
DOCKERFILE = re.search(r"```dockerfile\n(.*?)```", PAGE, re.DOTALL)[1]
LINES = [" ".join(line.split()) for line in re.sub(r"\\\n", " ", DOCKERFILE).splitlines()]
FOLDERS = {
    tomllib.loads(path.read_text("utf-8"))["project"]["name"]: path.parent
    for path in (ROOT / "pyproject.toml", *ROOT.glob("plugins/*/*/pyproject.toml"))
}
PIP = r"\bpip (?=install|wheel)"
CACHES = shutil.ignore_patterns("__pycache__")
TRAINING = {"lightning", "pytorch-lightning", "polars", "pandas", "matplotlib"}


def has_docker():
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def closure(names):
    """All that these distributions require, in turn, by the metadata of what is installed here."""
    queue, names = [canonicalize_name(name) for name in names], set()
    while queue:
        if (name := queue.pop()) not in names:
            names.add(name)
            needs = map(Requirement, importlib.metadata.requires(name) or ())
            here = [n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
            queue += map(canonicalize_name, here)
    return names


def link(names, site):
    """Puts distributions of this environment into another one, without copying them."""
    for name in names:
        files = importlib.metadata.distribution(name).files
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(importlib.metadata.distribution(name).locate_file(top))


def source(names, folder):
    """What the build stage copies of a checkout, but only these distributions of it."""
    folder.mkdir()
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    shutil.copytree(ROOT / "seqrec_core", folder / "seqrec_core", ignore=CACHES)
    for name in names - {"seqrec-core"}:
        place = folder / FOLDERS[name].relative_to(ROOT)
        shutil.copytree(FOLDERS[name], place, ignore=CACHES)


def pip_lines():
    """The command of each RUN line with pip, without mounts."""
    lines = (line.removeprefix("RUN ") for line in LINES if line.startswith("RUN "))
    lines = (re.sub(r"--mount=\S+ ", "", line) for line in lines)
    return [line for line in lines if re.search(PIP, line)]


def command(instruction):
    """The words of CMD, or of the CMD of a HEALTHCHECK."""
    [line] = [line for line in LINES if line.startswith(f"{instruction} ")]
    return json.loads(line[line.index("[") :])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def image(bundle, tmp_path_factory):
    """An environment in which the lines of pip were run: its folder."""
    folder = tmp_path_factory.mktemp("image")
    lines = seqrec("bundle", "requirements", bundle, "--serve").stdout
    (folder / "requirements.txt").write_text(lines)
    names = closure(["seqrec-tool-serve", *(Requirement(n).name for n in lines.splitlines())])
    source(names & FOLDERS.keys(), folder / "source")
    venv.create(folder / "venv", with_pip=False)
    [site] = folder.glob("venv/lib/python*/site-packages")
    link((names - FOLDERS.keys()) | closure(["flit-core"]), site)
    python = folder / "venv" / "bin" / "python"
    for line in pip_lines():
        for place in ("/source", "/wheels", "/requirements.txt", "/local.txt"):
            line = re.sub(rf"(?<!\S){place}\b", f"{folder}{place}", line)
        pip = shlex.join([sys.executable, "-m", "pip", "--python", str(python)])
        subprocess.run(
            re.sub(PIP, f"{pip} ", line),
            shell=True,
            check=True,
            env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"},
        )
    return folder / "venv"


def ask(url, question):
    request = urllib.request.Request(url, json.dumps(question).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def test_the_recipe_runs_as_nobody_and_looks_at_readiness():
    assert "USER 10001" in LINES
    assert "/ready" in command("HEALTHCHECK")[-1]
    assert [line for line in pip_lines() if "requirements.txt" in line]
    assert command("CMD")[:2] == ["seqrec", "serve"]


@pytest.mark.slow
def test_what_pip_installs_answers_and_has_nothing_that_trains(image, bundle):
    code = (
        "import importlib.metadata as m, json;"
        "print(json.dumps(sorted({d.name for d in m.distributions()})))"
    )
    listed = subprocess.run([image / "bin/python", "-c", code], capture_output=True, check=True)
    names = set(map(canonicalize_name, json.loads(listed.stdout)))
    assert "seqrec-tool-serve" in names
    assert not names & TRAINING
    assert not [name for name in names if name.startswith(("seqrec-trainer", "seqrec-datamodule"))]
    folders = [*image.glob("lib/python*/site-packages/seqrec_*.dist-info")]
    assert len(folders) > 3
    assert all((folder / "direct_url.json").exists() for folder in folders)  # no index had a say
    words = [str(bundle) if word == "/bundle" else word for word in command("CMD")]
    with subprocess.Popen(
        [image / "bin" / words[0], *words[1:], "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    ) as server:
        try:
            port = json.loads(server.stdout.readline())["url"].rpartition(":")[2]
            health = command("HEALTHCHECK")[-1].replace("8000", port)
            subprocess.run([image / "bin/python", "-c", health], check=True)
            answer = ask(f"http://127.0.0.1:{port}/recommend", {"history": named([1]), "top_k": 3})
            assert len(answer["items"]) == 3
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        assert subprocess.run([image / "bin/python", "-c", health], stderr=-3).returncode == 1


@pytest.mark.slow
@pytest.mark.skipif(not has_docker(), reason="docker is not at hand")
def test_the_image_is_built_and_answers(bundle, tmp_path):
    context = tmp_path / "context"
    for name in ("seqrec_core", "plugins"):
        shutil.copytree(ROOT / name, context / name, ignore=CACHES)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, context)
    (context / "Dockerfile").write_text(DOCKERFILE)
    lines = seqrec("bundle", "requirements", bundle, "--serve").stdout
    (context / "requirements.txt").write_text(lines)
    tag = "seqrec-recipe-test"
    subprocess.run(["docker", "build", "-t", tag, context], check=True)
    start = ("docker", "run", "--rm", "--detach", "--read-only", "-v", f"{bundle}:/bundle:ro", tag)
    run = {"capture_output": True, "text": True, "check": True}
    container = subprocess.run(start, **run).stdout.strip()
    question = json.dumps({"history": named([1])}).encode()
    try:
        wait = (
            "import time, urllib.request as r\n"
            "for _ in range(60):\n"
            "    try: r.urlopen('http://127.0.0.1:8000/ready'); break\n"
            "    except OSError: time.sleep(1)\n"
            f"q = r.Request('http://127.0.0.1:8000/recommend', {question!r})\n"
            "print(r.urlopen(q).read().decode())\n"
        )
        said = subprocess.run(["docker", "exec", container, "python", "-c", wait], **run).stdout
        assert json.loads(said)["items"]
        listed = subprocess.run(["docker", "exec", container, "pip", "list"], **run).stdout
        assert "lightning" not in listed
    finally:
        subprocess.run(["docker", "rm", "--force", container], check=False)
        subprocess.run(["docker", "rmi", "--force", tag], check=False)
