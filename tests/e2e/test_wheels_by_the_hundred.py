"""Real wheels, three hundred of them in one environment."""

import resource

import pytest

COUNT = 300
LIST = """
import sys
from seqrec_core.cli import app
sys.argv[1:] = ["plugins", "list"]
app(standalone_mode=False)
print("imported", *sys.modules)
"""


def listing(world):
    """Seconds of processor time that a listing takes, what it says, and which modules it imports.

    The quickest of three runs counts.
    """
    runs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = world.run(LIST).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        listed, _, modules = said.partition("imported")
        runs.append((seconds, listed, modules.split()))
    return min(runs)


@pytest.fixture(scope="module")
def before_and_after(world):
    """A listing without plugins, and one with all of them."""
    before = listing(world)
    world.install(*(world.wheel(f"acme-many-{n}", f"many_{n}") for n in range(COUNT)))
    return before, listing(world)


def test_all_are_listed(before_and_after):
    _, (_, listed, _) = before_and_after
    rows = {tuple(line.split()) for line in listed.splitlines() if "acme" in line}
    assert rows == {("loss", f"many_{n}", f"acme-many-{n}", "1.0", "ok") for n in range(COUNT)}


def test_none_is_imported(before_and_after):
    _, (_, _, modules) = before_and_after
    assert "seqrec_core" in modules
    assert [name for name in modules if name.startswith("acme") or name == "torch"] == []


def test_they_cost_little_time(before_and_after):
    (without, _, _), (with_all, _, _) = before_and_after
    told = f"{without:.2f} s of processor time without them, {with_all:.2f} s with them"
    assert with_all < without + 1, told
    assert with_all < 2, told
