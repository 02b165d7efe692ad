import shutil
from pathlib import Path

import fsspec
import pytest
from changed_lock import change_lock, forget_digests
from seqrec_tool_share.sharing import pull, push
from untrained_bundle import written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, SeqrecError

NAMES = ["README.md", "items.parquet", "metrics.json", "model.safetensors", "spec.lock.json"]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def bundle(original, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    return shutil.copytree(original, tmp_path / "data" / "run")


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


@pytest.mark.parametrize("uri", ["memory://shop/run", "{folder}/sent", "file://{folder}/sent"])
def test_what_is_pushed_comes_back_as_it_was(bundle, memory, tmp_path, uri):
    uri = uri.format(folder=tmp_path)
    (bundle / "checkpoints").mkdir()
    (bundle / "checkpoints" / "last.ckpt").write_bytes(b"private")
    (bundle / "lineage.json").write_text("[]")
    assert sorted(push(bundle, uri)) == sorted([*NAMES, "lineage.json"])
    assert sorted(pull(uri, tmp_path / "out")) == sorted([*NAMES, "lineage.json"])
    for name in NAMES[1:]:
        assert (tmp_path / "out" / name).read_bytes() == (bundle / name).read_bytes()
    before, after = Bundle.load(bundle).serving(), Bundle.load(uri).serving()
    for name, weight in before.model.state_dict().items():
        assert weight.equal(after.model.state_dict()[name])


def test_a_second_push_takes_away_what_only_the_first_had(bundle, memory):
    push(bundle, "memory://shop/run")
    memory.pipe("/shop/run/features.json", b"{}")
    memory.pipe("/shop/run/notes.txt", b"mine")
    Bundle.load(bundle).update_metrics({"test/ndcg@10": 0.5})
    push(bundle, "memory://shop/run")
    assert not memory.exists("/shop/run/features.json")
    assert memory.cat("/shop/run/notes.txt") == b"mine"
    assert Bundle.load("memory://shop/run").metrics == {"test/ndcg@10": 0.5}


def test_a_card_of_one_s_own_goes_with_the_bundle(bundle, memory):
    (bundle / "README.md").write_text("# Mine\n")
    push(bundle, "memory://shop/run")
    assert memory.cat("/shop/run/README.md") == b"# Mine\n"


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("content", [None, b"", "flipped", "longer"])
def test_a_damaged_bundle_neither_goes_nor_comes(bundle, memory, tmp_path, name, content):
    push(bundle, "memory://shop/run")
    good = (bundle / name).read_bytes()
    if content == "flipped":
        content = good[:99] + bytes([good[99] ^ 1]) + good[100:] if len(good) > 99 else b"["
    content = good + b" " if content == "longer" else content
    if name == "spec.lock.json" and content == good + b" ":
        return  # the same lock
    if content is None:
        memory.rm(f"/shop/run/{name}")
        (bundle / name).unlink()
    else:
        memory.pipe(f"/shop/run/{name}", content)
        (bundle / name).write_bytes(content)
    with pytest.raises(SeqrecError):
        pull("memory://shop/run", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(SeqrecError):
        push(bundle, "memory://other/run")
    assert not memory.exists("/other/run")


def test_links_are_not_followed(bundle, tmp_path):
    secret = tmp_path / "secret"
    (bundle / "model.safetensors").rename(secret)
    (bundle / "model.safetensors").symlink_to(secret)
    with pytest.raises(BundleError, match=r"model\.safetensors"):
        pull(f"file://{bundle}", tmp_path / "out")


def test_a_lock_that_leads_out_is_refused_unless_it_is_trusted(bundle, tmp_path):
    change_lock(bundle, lambda lock: lock["data"].update(folder="/etc"))
    with pytest.raises(BundleError, match="leads out"):
        pull(str(bundle), tmp_path / "out")
    pull(str(bundle), tmp_path / "out", trust=True)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "assets/../../x", "run.sh"])
def test_a_lock_that_names_other_files_is_refused(bundle, tmp_path, name):
    change_lock(bundle, lambda lock: lock["files"].update({name: "sha256:0"}))
    with pytest.raises(BundleError, match="which no bundle has"):
        pull(str(bundle), tmp_path / "out")


def test_a_bundle_without_digests_is_not_taken_on_trust(bundle, tmp_path):
    forget_digests(bundle)
    with pytest.raises(BundleError, match="no digests"):
        pull(str(bundle), tmp_path / "out")


def test_other_folders_stay_as_they_are(bundle, memory, tmp_path):
    memory.pipe("/shop/mine/a.txt", b"1")
    with pytest.raises(BundleError, match="holds other things than a bundle"):
        push(bundle, "memory://shop/mine")
    assert memory.find("/shop/mine") == ["/shop/mine/a.txt"]
    with pytest.raises(BundleError, match="no bundle"):
        pull("memory://shop/mine", tmp_path / "out")
    with pytest.raises(BundleError, match="there already"):
        pull(str(bundle), bundle)
    (tmp_path / "empty").mkdir()
    pull(str(bundle), tmp_path / "empty")


def test_a_bundle_is_fetched_to_where_one_stands(bundle, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert sorted(pull(str(bundle), Path())) == NAMES[1:]
    assert Path("spec.lock.json").is_file()
