"""The files that start a run on several machines: valid, and what they start trains together."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

LAUNCH = Path(__file__).parents[2] / "docs" / "launch"
BIN = Path(sys.executable).parent
KUBERNETES = "1.29"
TINY = {
    "model": {"embedding_dim": 8, "num_heads": 2, "max_sequence_length": 6},
    "trainer": {"max_epochs": 1, "accelerator": "cpu"},
}
DATA = ("--users", "60", "--items", "30", "--clusters", "3", "--events-per-user", "6")
SCONTROL = """#!/bin/bash
[ "$1 $2 $3" = "show hostnames cluster[1-2]" ] || exit 3
echo localhost
echo elsewhere
"""
SRUN = """#!/bin/bash
# Two nodes here: the words behind the options run once for each, as of a task on it.
while [[ $1 == --* ]]; do shift; done
SLURM_NODEID=1 SLURM_PROCID=1 "$@" & other=$!
SLURM_NODEID=0 SLURM_PROCID=0 "$@"; first=$?
wait $other && exit $first
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return str(listener.getsockname()[1])


def program(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(*words, **more):
    settings = {"capture_output": True, "text": True, "timeout": 240, **more}
    done = subprocess.run([*map(str, words)], check=False, **settings)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    """A spec of a tiny model, its data beside it."""
    folder = tmp_path_factory.mktemp("launch")
    run(BIN / "seqrec", "data", "synth", "--out", folder / "data", *DATA)
    sets = [f"{part}.{key}={value}" for part, all_ in TINY.items() for key, value in all_.items()]
    words = [word for each in sets for word in ("--set", each)]
    spec = folder / "spec.json"
    run(BIN / "seqrec", "init", "sasrec", "--data", folder / "data", "--out", spec, *words)
    return spec


def documents():
    return list(yaml.safe_load_all((LAUNCH / "kubernetes.yaml").read_text()))


def assert_trained_by_two(folder):
    import torch

    state = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    assert len(state["seqrec"]["processes"]) == 2
    assert json.loads((folder / "metrics.json").read_text())
    assert not (folder / ".unfinished").exists()


def test_bash_reads_the_script():
    run("bash", "-n", LAUNCH / "slurm.sbatch")


@pytest.mark.parametrize("kind", ["Service", "Job"])
def test_the_manifest_is_what_kubernetes_takes(kind):
    (document,) = [each for each in documents() if each["kind"] == kind]
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_the_parts_of_the_manifest_belong_together():
    service, job = documents()
    name, pod = service["metadata"]["name"], job["spec"]["template"]
    env = {each["name"]: each["value"] for each in pod["spec"]["containers"][0]["env"]}
    assert pod["spec"]["subdomain"] == name
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert env["MASTER_ADDR"] == f"{job['metadata']['name']}-0.{name}"
    assert str(job["spec"]["completions"]) == str(job["spec"]["parallelism"]) == env["NODES"]
    mounts = {each["name"] for each in pod["spec"]["containers"][0]["volumeMounts"]}
    assert mounts == {each["name"] for each in pod["spec"]["volumes"]}


@pytest.mark.parametrize(
    ("signals", "step", "requeues", "code"),
    [
        (True, "trap 'exit 130' TERM; touch begun; while :; do sleep 0.05; done", True, 130),
        (True, "trap 'exit 0' TERM; touch begun; while :; do sleep 0.05; done", False, 0),
        (False, "exit 1", False, 1),
        (False, "exit 0", False, 0),
    ],
    ids=["stopped", "done just then", "failed", "done"],
)
def test_a_job_whose_time_is_up_queues_anew(tmp_path, signals, step, requeues, code):
    program(tmp_path / "srun", f"#!/bin/bash\n{step}\n")
    program(tmp_path / "scontrol", '#!/bin/bash\necho localhost; echo "$@" >> scontrol.log\n')
    slurm = {
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NODELIST": "x",
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    words = ["bash", str(LAUNCH / "slurm.sbatch"), "spec.json", "run"]
    job = subprocess.Popen(words, cwd=tmp_path, env={**os.environ, **slurm})
    until = time.monotonic() + 20
    while signals and not (tmp_path / "begun").exists() and time.monotonic() < until:
        time.sleep(0.02)
    if signals:
        time.sleep(0.2)  # the script comes to its wait
        job.send_signal(signal.SIGUSR1)
    assert job.wait(20) == code
    asked = (tmp_path / "scontrol.log").read_text().splitlines()
    assert ("requeue 7" in asked) == requeues


@pytest.mark.slow
def test_two_nodes_of_slurm_train_together(tmp_path, spec):
    program(tmp_path / "srun", SRUN)
    program(tmp_path / "scontrol", SCONTROL)
    slurm = {
        "PATH": f"{tmp_path}:{BIN}:{os.environ['PATH']}",
        "SLURM_JOB_ID": "7",
        "SLURM_NNODES": "2",
        "SLURM_JOB_NODELIST": "cluster[1-2]",
        "SLURM_CPUS_PER_TASK": "1",
        "PROCESSES_PER_NODE": "1",
        "MASTER_PORT": free_port(),
    }
    more = ("--set", "data.batch_size=16")
    out = tmp_path / "run"
    run("bash", LAUNCH / "slurm.sbatch", spec, out, *more, env={**os.environ, **slurm})
    assert_trained_by_two(out)


@pytest.mark.slow
def test_two_pods_of_kubernetes_train_together(tmp_path, spec):
    container = documents()[1]["spec"]["template"]["spec"]["containers"][0]
    stated = {each["name"]: each["value"] for each in container["env"]}
    here = {
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": free_port(),
        "SPEC": str(spec),
        "OUT": str(tmp_path / "run"),
        "OMP_NUM_THREADS": "1",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    pods = [
        subprocess.Popen(
            container["command"],
            env={**os.environ, **stated, **here, "JOB_COMPLETION_INDEX": str(index)},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        for index in range(2)
    ]
    said = [pod.communicate(timeout=240)[1] for pod in pods]
    assert [pod.returncode for pod in pods] == [0, 0], said
    assert_trained_by_two(tmp_path / "run")
