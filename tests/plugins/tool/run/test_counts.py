"""What one `seqrec fit` does once: resolve its spec, digest a distribution, tell of an event."""

from collections import Counter

import pytest

from seqrec_core import bundle
from seqrec_core.hookspecs import hookimpl
from seqrec_core.reading import resolve
from seqrec_core.registry import registry as registry_module
from seqrec_core.session import DEFAULT


class Watch:
    """Counts the events; looks at the bundle as listeners do."""

    def __init__(self):
        self.events = Counter()

    @hookimpl
    def seqrec_spec_resolved(self):
        self.events["resolved"] += 1

    @hookimpl
    def seqrec_change_model(self):
        self.events["change"] += 1

    @hookimpl
    def seqrec_model_built(self):
        self.events["built"] += 1

    @hookimpl
    def seqrec_run_finished(self, bundle):
        self.events["finished"] += 1
        assert bundle.items.is_file()


@pytest.fixture
def watch():
    listener = Watch()
    DEFAULT.listeners.manager.register(listener)
    yield listener
    DEFAULT.listeners.manager.unregister(listener)


@pytest.fixture
def counts(monkeypatch):
    """How often something was resolved, locked, and each set of packages digested."""
    counts = Counter()

    def counting(name, function):
        def call(*arguments):
            counts[name or frozenset(arguments[0])] += 1
            return function(*arguments)

        return call

    fill = resolve._Resolver.fill_recipe
    monkeypatch.setattr(resolve._Resolver, "fill_recipe", counting("resolved", fill))
    monkeypatch.setattr(bundle, "lock_of", counting("locked", bundle.lock_of))
    digest = registry_module.digest_of
    monkeypatch.setattr(registry_module, "digest_of", counting(None, digest))
    monkeypatch.setattr(DEFAULT.registry, "_digests", {})
    return counts


def test_one_fit_does_everything_once(seqrec, spec, tmp_path, watch, counts):
    slow = "trainer.optimizer.lr=0.003"  # several epochs, each better than the last
    seqrec("fit", spec, "--out", tmp_path / "run", "--set", slow)
    assert watch.events == dict.fromkeys(("resolved", "change", "built", "finished"), 1)
    assert counts.pop("resolved") == 1
    assert counts.pop("locked") > 1
    assert len(counts) > 3
    assert set(counts.values()) == {1}


def test_a_run_that_goes_on_tells_of_each_event_once_too(seqrec, spec, tmp_path, watch, counts):
    """The spec of before is resolved as well, to compare them: that is no event."""
    seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=1")
    watch.events.clear()
    counts.clear()
    seqrec("fit", spec, "--out", tmp_path / "run", "--resume")
    assert watch.events == dict.fromkeys(("resolved", "change", "built", "finished"), 1)
    assert counts.pop("resolved") == 2
    assert counts.keys() <= {"locked"}  # what was digested stays known


def test_one_evaluation_tells_of_each_event_once(seqrec, run, watch, counts):
    seqrec("evaluate", run)
    assert watch.events == dict.fromkeys(("resolved", "change", "built"), 1)
    assert counts.pop("resolved") == 1
    assert set(counts.values()) == {1}
