import json
import os
import subprocess
import sys

import pytest
from command_line import modules_after, seqrec
from hub_server import running_hub
from untrained_bundle import written

from seqrec_core.bundle import Bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundle"))


def test_a_bundle_goes_and_comes_and_a_script_reads_of_it(bundle, tmp_path):
    done = seqrec("push", bundle, tmp_path / "sent", "--json")
    assert done.returncode == 0
    sizes = json.loads(done.stdout)["files"]
    assert sizes["model.safetensors"] == (bundle / "model.safetensors").stat().st_size
    done = seqrec("pull", tmp_path / "sent", tmp_path / "run")
    assert done.returncode == 0
    assert f"pulled: {tmp_path / 'run'}, {len(sizes)} files" in done.stdout
    assert seqrec("bundle", "verify", tmp_path / "run").returncode == 0


def test_the_card_can_be_seen_before_anything_is_sent(bundle):
    done = seqrec("push", bundle, "--card-only")
    assert (done.returncode, done.stdout[:4]) == (0, "---\n")
    assert seqrec("push", bundle).returncode == 2


def test_cards_are_made_without_torch(bundle):
    [modules] = modules_after(["push", str(bundle), "--card-only"])
    assert not {"torch", "huggingface_hub", "lightning"} & {*modules}


@pytest.mark.slow
def test_bundles_go_to_a_hub_and_come_from_it(bundle, tmp_path):
    with running_hub() as (hub, url):
        environment = {
            **os.environ,
            "HF_ENDPOINT": url,
            "HF_TOKEN": "hf_secret",
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "SEQREC_CACHE": str(tmp_path / "cache"),
        }

        def run(*words):
            code = "from seqrec_core.cli import main; main()"
            line = [sys.executable, "-c", code, *map(str, words)]
            done = subprocess.run(line, env=environment, capture_output=True, text=True)
            assert "hf_secret" not in done.stdout + done.stderr
            return done

        assert run("push", bundle, "hf://me/shop").stderr == ""
        assert "README.md" in hub.files("me/shop")
        hub.files("me/shop")["features.json"] = b"{}"  # of an older bundle
        assert run("push", bundle, "hf://me/shop").returncode == 0
        assert "features.json" not in hub.files("me/shop")
        assert run("push", bundle, "hf://me/shop@v2").returncode == 0
        assert run("pull", "hf://me/shop@v2", tmp_path / "run").returncode == 0
        assert Bundle.load(tmp_path / "run").lock == Bundle.load(bundle).lock
        assert run("bundle", "verify", "hf://me/shop").returncode == 0
        hub.files("me/shop")["model.safetensors"] += b"x"
        done = run("pull", "hf://me/shop", tmp_path / "other")
        assert done.returncode == 2
        assert "model.safetensors is damaged" in done.stderr
        assert not (tmp_path / "other").exists()
        assert "no such file or folder" in run("pull", "hf://me/none", tmp_path / "none").stderr
