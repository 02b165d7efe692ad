import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from seqrec_core import build, load, resolve
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


def test_plugins_change_a_model_in_the_order_of_their_distributions(install, data):
    order = []

    def plugin(name, change):
        class Plugin:
            @hookimpl
            def seqrec_change_model(self, model, recipe):
                order.append((name, type(model).__name__))
                return change(model)

        return Plugin

    install(
        c=plugin("c", lambda model: model.requires_grad_(False)),
        a=plugin("a", lambda model: None),
        b=plugin("b", torch.nn.Sequential),
    )
    model = build(load(data))
    assert order == [("a", "Model"), ("b", "Model"), ("c", "Sequential")]
    assert isinstance(model, torch.nn.Sequential)
    assert not any(p.requires_grad for p in model.parameters())


def test_a_change_that_is_no_model_names_the_plugin(install, data):
    class Wrong:
        @hookimpl
        def seqrec_change_model(self, model):
            return "a model"

    install(wrong=Wrong)
    with pytest.raises(HookError, match="seqrec_change_model of wrong:hooks gave a str; return a"):
        build(load(data))


def test_what_a_listener_sees_is_the_changed_model(install, data):
    seen = []

    class Both:
        @hookimpl
        def seqrec_change_model(self, model):
            return torch.nn.Identity()

        @hookimpl
        def seqrec_model_built(self, model, recipe):
            seen.append(model)

    install(both=Both)
    assert [build(load(data))] == seen


def test_what_a_listener_calls_is_no_event(install, data):
    """It is no outermost function there: else a listener that builds would be told without end."""
    seen = []

    class Curious:
        @hookimpl
        def seqrec_spec_resolved(self, recipe):
            seen.append("resolved")
            build(recipe)

        @hookimpl
        def seqrec_model_built(self):
            seen.append("built")

    install(curious=Curious)
    build(load(data))
    assert seen == ["resolved", "built"]


def test_listeners_are_told_in_each_thread(install, data):
    told_while = threading.Barrier(2, timeout=10)

    class Meeting:
        @hookimpl
        def seqrec_spec_resolved(self):
            told_while.wait()  # passes if the other thread's listener runs at the same time

    install(meeting=Meeting)
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(lambda _: resolve(load(data)), range(2)))) == 2


def test_listeners_travel_to_another_process_without_what_they_have_loaded(install, data):
    install(seen=listener([], "seen"))
    listeners = DEFAULT.listeners
    listeners.tell("seqrec_spec_resolved", recipe=load(data))
    again = pickle.loads(pickle.dumps(listeners))
    assert again.registry.points == listeners.registry.points


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


def test_what_builds_while_it_changes_a_model_changes_nothing_without_end(install, data):
    class Doubling:
        @hookimpl
        def seqrec_change_model(self, model, recipe):
            return torch.nn.ModuleList([model, build(recipe)])

    install(doubling=Doubling)
    assert [type(model).__name__ for model in build(load(data))] == ["Model", "Model"]
    assert isinstance(build(load(data)), torch.nn.ModuleList)


def test_a_listener_whose_failure_has_no_words_is_named(install, data):
    class WordlessError(Exception):
        def __str__(self):
            raise RuntimeError

    class Broken:
        @hookimpl
        def seqrec_change_model(self, model):
            raise WordlessError

    install(bad=Broken)
    with pytest.raises(
        HookError, match="of bad:hooks failed: WordlessError; mend it or uninstall it"
    ):
        build(load(data))
