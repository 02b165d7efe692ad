import sys

import pytest

from seqrec_core import build, load
from seqrec_core.errors import Fault, HookError, RegistryError, SpecError
from seqrec_core.hooks import Listeners
from seqrec_core.hookspecs import hookimpl
from seqrec_core.registry import Point, Registry
from seqrec_core.session import DEFAULT


@pytest.fixture
def install(monkeypatch):
    """Makes these the only listeners: distribution name to the class that stands for a module."""

    def install(**plugins):
        points = []
        for name, plugin in plugins.items():
            module = f"hooks_of_{name}"
            if plugin is not None:
                monkeypatch.setitem(sys.modules, module, plugin())
            points.append(Point("seqrec.hooks", "hooks", module, name, "1"))
        monkeypatch.setattr(DEFAULT, "listeners", Listeners(Registry(points)))

    return install


def listener(seen, name):
    class Plugin:
        @hookimpl
        def seqrec_spec_resolved(self, recipe):
            seen.append(name)

    return Plugin


def test_a_plugin_that_does_not_load_is_left_out_with_a_warning(install, data):
    seen = []
    install(bad=None, good=listener(seen, "good"))
    with pytest.warns(RuntimeWarning, match=r"hooks of bad .*No module named 'hooks_of_bad'"):
        DEFAULT.listeners.tell("seqrec_spec_resolved", recipe=load(data))
    assert seen == ["good"]


def test_a_plugin_may_change_what_was_built(install, data):
    class Freeze:
        @hookimpl
        def seqrec_model_built(self, model, recipe):
            model.requires_grad_(False)

    install(freeze=Freeze)
    assert not any(p.requires_grad for p in build(load(data)).parameters())


def test_a_plugin_may_reject_a_spec(install, data):
    class Policy:
        @hookimpl
        def seqrec_spec_resolved(self, recipe):
            if recipe.model.embedding_dim < 16:
                raise SpecError([Fault("model.embedding_dim", "policy asks for at least 16")])

    install(policy=Policy)
    with pytest.raises(SpecError, match="policy asks for at least 16"):
        build(load(data))


def test_a_listener_that_fails_is_named(install, data):
    class Broken:
        @hookimpl
        def seqrec_model_built(self, model, recipe):
            raise KeyError("nowhere")

    install(bad=Broken)
    with pytest.raises(HookError, match="seqrec_model_built of bad:hooks failed: KeyError"):
        build(load(data))


def test_the_allow_list_knows_distributions_with_hooks_alone():
    own = Registry([Point("seqrec.hooks", "hooks", "acme_hooks", "acme-hooks", "1")])
    own.allow_only(["acme-hooks"])
    assert own.is_allowed("acme_hooks")
    with pytest.raises(RegistryError, match="acme-hook, which no installed plugin is"):
        own.allow_only(["acme-hook"])


def test_hooks_of_a_distribution_that_is_not_allowed_are_left_out(install, data):
    seen = []
    install(one=listener(seen, "one"), two=listener(seen, "two"))
    DEFAULT.listeners.registry.allow_only(["two"])
    DEFAULT.listeners.tell("seqrec_spec_resolved", recipe=load(data))
    assert seen == ["two"]
