"""Parity runs by itself: `nox -s parity`, or with PARITY_CASES set to the folder of its cases.

The errors that tests record are written to measured.json in that folder.
"""

import json
import os
from pathlib import Path

import pytest
import torch

FOLDER = os.environ.get("PARITY_CASES")
collect_ignore_glob = [] if FOLDER else ["test_*.py"]
MEASURED = pytest.StashKey()


def pytest_configure(config):
    config.stash[MEASURED] = {}


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        group = metafunc.module.__name__.rpartition("test_")[2]
        cases = torch.load(Path(FOLDER, f"{group}.pt"), weights_only=True)
        wanted = getattr(metafunc.function, "component", None)
        chosen = [each for each in cases if wanted in (None, each["component"])]
        ids = [f"{each['component']} {each['label']}" for each in chosen]
        metafunc.parametrize("case", chosen, ids=ids)


@pytest.fixture
def folder():
    return Path(FOLDER)


@pytest.fixture
def record(request):
    """Notes an error by the reference's name: what was compared, and by how much it differs."""

    def note(component, quantity, error):
        errors = request.config.stash[MEASURED].setdefault(component, {})
        errors[quantity] = max(errors.get(quantity, 0.0), float(error))
        counts = errors.setdefault("cases", [])
        if request.node.nodeid not in counts:
            counts.append(request.node.nodeid)

    return note


def pytest_sessionfinish(session):
    measured = session.config.stash[MEASURED]
    if FOLDER and measured:
        for errors in measured.values():
            errors["cases"] = len(errors["cases"])
        text = json.dumps(measured, indent=1, sort_keys=True)
        Path(FOLDER, "measured.json").write_text(text)
        Path(FOLDER, "total.json").write_text(json.dumps(session.testscollected))
