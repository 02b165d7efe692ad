"""A folder as one commit in a repository of a hub: hf://owner/name[@revision]."""

import re
import warnings
from pathlib import Path

from seqrec_core.errors import BundleError
from seqrec_core.places import expanded, shown

__all__ = ["is_hub", "upload"]

_PLACE = re.compile(r"hf://([\w.-]+/[\w.-]+)(?:@([\w./%-]+))?/?")


def is_hub(uri: str) -> bool:
    """Whether a URI is one of a hub."""
    return expanded(uri).startswith("hf://")


def upload(folder: Path, uri: str, *, private: bool = False) -> None:
    """Makes the repository where there is none, and commits all files of the folder at once.

    What another bundle had in the repository goes. Raises BundleError for what is no repository of
    models, for a public one that is to be `private`, and for what the hub refuses.
    """
    place = _PLACE.fullmatch(expanded(uri))
    if place is None:
        raise BundleError(f"{shown(uri)} names no repository: write hf://owner/name[@revision]")
    try:
        from huggingface_hub import HfApi
    except ImportError as cause:
        raise BundleError(f'{uri} needs huggingface_hub: pip install "seqrec[hub]"') from cause
    api, (name, revision) = HfApi(), place.groups()
    try:
        api.create_repo(name, private=private or None, exist_ok=True)
        if private and not api.repo_info(name).private:
            raise BundleError(
                f"{shown(uri)} is there, and public; make it private on the hub, name another, or "
                "push without --private"
            )
        if revision:
            api.create_branch(name, branch=revision, exist_ok=True)
        with warnings.catch_warnings(action="ignore"):  # that items.parquet looks like a data set
            api.upload_folder(
                repo_id=name,
                folder_path=folder,
                revision=revision,
                commit_message="A bundle of seqrec",
                delete_patterns=["assets/*", "*.json", "*.parquet", "*.safetensors"],
            )
    except BundleError:
        raise
    except Exception as cause:
        said = shown(" ".join(str(cause).split()))
        advice = "see to your token (hf auth login, or HF_TOKEN), and that you may write there"
        raise BundleError(f"{shown(uri)}: {type(cause).__name__}: {said}; {advice}") from cause
