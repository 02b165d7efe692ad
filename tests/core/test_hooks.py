import pytest
import typer

from seqrec_core import build, hooks, installed, load, registry
from seqrec_core.errors import Fault, HookError, RegistryError, SpecError
from seqrec_core.hooks import hookimpl
from seqrec_core.registry import Registry


class Point:
    """An entry point of the group seqrec.hooks."""

    def __init__(self, owner, load):
        self.name = "hooks"
        self.value = f"{owner}.hooks"
        self.load = load


@pytest.fixture
def install(monkeypatch):
    """Makes these the only hook plugins: distribution name to module-like object."""

    def install(**plugins):
        points = [(name, Point(name, lambda p=plugin: p())) for name, plugin in plugins.items()]
        monkeypatch.setattr(installed, "hook_points", lambda: points)
        hooks.plugin_manager.cache_clear()

    yield install
    hooks.plugin_manager.cache_clear()


def commands(*names):
    class Plugin:
        @hookimpl
        def seqrec_cli(self, app):
            for name in names:
                app.command(name)(lambda: None)

    return Plugin


def names(app):
    return [command.name for command in app.registered_commands]


def test_plugins_add_commands(install):
    install(one=commands("fit"), two=commands("serve", "export"))
    app = typer.Typer()
    hooks.add_commands(app)
    assert names(app) == ["fit", "serve", "export"]


def test_two_plugins_with_one_command_are_an_error_that_names_both(install):
    install(one=commands("fit"), two=commands("fit"))
    with pytest.raises(HookError, match="'fit' is added by one:hooks and by two:hooks"):
        hooks.add_commands(typer.Typer())


def test_two_plugins_with_one_group_of_commands_are_an_error_that_names_both(install):
    class Plugin:
        @hookimpl
        def seqrec_cli(self, app):
            group = typer.Typer(name="serve")
            group.command("start")(lambda: None)
            app.add_typer(group)

    install(one=Plugin, two=Plugin)
    with pytest.raises(HookError, match="'serve' is added by one:hooks and by two:hooks"):
        hooks.add_commands(typer.Typer())


def test_a_plugin_with_a_command_of_the_core_is_an_error(install):
    install(one=commands("build"))
    with pytest.raises(HookError, match="'build' is added by seqrec-core and by one:hooks"):
        hooks.add_commands(typer.Typer(), ["build"])


def test_a_plugin_that_fails_half_way_is_left_out_whole(install):
    class Plugin:
        @hookimpl
        def seqrec_cli(self, app):
            app.command("half")(lambda: None)
            raise RuntimeError("no more")

    install(bad=Plugin, good=commands("fit"))
    app = typer.Typer()
    with pytest.warns(RuntimeWarning, match="the commands of bad:hooks"):
        hooks.add_commands(app)
    assert names(app) == ["fit"]


def test_a_plugin_that_does_not_load_is_left_out_with_a_warning(install):
    def broken():
        raise ImportError("no module named nowhere")

    install(bad=broken, good=commands("fit"))
    app = typer.Typer()
    with pytest.warns(RuntimeWarning, match=r"hooks of bad .*no module named nowhere"):
        hooks.add_commands(app)
    assert names(app) == ["fit"]


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


def test_the_allow_list_knows_distributions_with_hooks_alone(install):
    install(acme_hooks=commands("fit"))
    own = Registry()
    own.allow_only(["acme-hooks"])
    assert own.is_allowed("acme_hooks")
    with pytest.raises(RegistryError, match="acme-hook, which no installed plugin is"):
        own.allow_only(["acme-hook"])


def test_hooks_of_a_distribution_that_is_not_allowed_are_left_out(install, monkeypatch):
    install(one=commands("fit"), two=commands("serve"))
    monkeypatch.setattr(registry, "_allowed", ("two",))
    app = typer.Typer()
    hooks.add_commands(app)
    assert names(app) == ["serve"]
