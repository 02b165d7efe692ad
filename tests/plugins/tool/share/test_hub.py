"""What the hub library is asked for; the library itself runs in test_commands."""

import sys
from types import SimpleNamespace

import pytest
from seqrec_tool_share.hub import is_hub, upload

from seqrec_core.errors import BundleError


def test_hubs_are_told_from_other_places(monkeypatch):
    monkeypatch.setenv("BASE", "hf://me")
    assert [is_hub(t) for t in ("hf://a/b", "${BASE}/b", "s3://hf/b", "hf", "/hf://a")] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("uri", ["hf://me", "hf://me/", "hf://datasets/me/shop", "hf://me/a b"])
def test_what_is_no_repository_of_models_is_an_error(tmp_path, uri):
    with pytest.raises(BundleError, match=r"write hf://owner/name\[@revision\]"):
        upload(tmp_path, uri)


def test_without_its_library_the_line_that_brings_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(BundleError, match=r'pip install "seqrec\[hub\]"'):
        upload(tmp_path, "hf://me/shop")


@pytest.mark.parametrize("is_private", [True, False])
def test_what_is_to_be_private_does_not_go_to_a_public_repository(
    tmp_path, monkeypatch, is_private
):
    calls = []

    class Api:
        def create_repo(self, name, **options):
            pass

        def repo_info(self, name):
            return SimpleNamespace(private=is_private)

        def upload_folder(self, **options):
            calls.append(options["repo_id"])

    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    if is_private:
        upload(tmp_path, "hf://me/shop", private=True)
    else:
        with pytest.raises(BundleError, match=r"^hf://me/shop is there, and public; make it"):
            upload(tmp_path, "hf://me/shop", private=True)
    assert len(calls) == is_private
