"""Commands by entry point: found by name, imported one at a time, clashes named."""

import sys
import types

import pytest
from typer.testing import CliRunner

from seqrec_core.cli import app
from seqrec_core.cli.command_table import Commands
from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
    NotInstalledError,
)
from seqrec_core.registry import Point, Registry


def point(name, owner="acme", value=None, group="commands"):
    return Point(f"seqrec.{group}", name, value or f"{owner}_commands:run", owner, "1.0")


@pytest.fixture
def module(monkeypatch):
    """A module with the function that the entry points name."""
    made = types.ModuleType("acme_commands")
    made.run = lambda: None
    made.HELP = "What acme does."
    monkeypatch.setitem(sys.modules, "acme_commands", made)
    return made


def commands(*points):
    return Commands(Registry(points))


def test_names_come_from_metadata_a_word_at_a_time():
    table = commands(point("fit"), point("data prepare"), point("data synth"))
    assert table.names(()) == ["data", "fit"]
    assert table.names(("data",)) == ["prepare", "synth"]
    assert table.names(("fit",)) == []


def test_a_command_is_imported_when_it_is_asked_for(module):
    assert commands(point("fit")).function(("fit",)) is module.run


def test_two_distributions_with_one_command_are_an_error_that_names_both():
    table = commands(point("fit"), point("fit", "rival"))
    with pytest.raises(AmbiguousNameError, match=r"'fit' is declared by acme .* and by rival"):
        table.function(("fit",))


def test_a_command_that_one_distribution_declares_twice_names_both_functions():
    table = commands(point("fit"), point("fit", value="acme_commands:other"))
    said = r"'fit' is declared by acme as fit = acme_commands:run and as fit = acme_commands:other"
    with pytest.raises(AmbiguousNameError, match=rf"{said}; keep one of them, and install acme"):
        table.function(("fit",))


def test_a_command_that_is_the_beginning_of_another_is_an_error_that_names_both():
    table = commands(point("data"), point("data prepare", "rival"))
    with pytest.raises(AmbiguousNameError, match=r"by acme \(data\) and by rival \(data prepare\)"):
        table.function(("data",))


def test_a_clash_is_told_of_the_shorter_command_and_no_other():
    table = commands(point("data"), point("data prepare", "rival"), point("fit"))
    clashes = {words: table.clash(words) for words in table}
    assert clashes[("data",)].startswith("is declared by acme (data)")
    assert clashes[("data", "prepare")] == clashes[("fit",)] == ""


def test_a_command_that_does_not_load_names_its_distribution_and_the_cause():
    table = commands(point("fit", value="acme_nowhere:run"))
    told = r"'fit' of acme 1\.0 does not load: ModuleNotFoundError: .*Reinstall or remove acme"
    with pytest.raises(BrokenPluginError, match=told):
        table.function(("fit",))


def test_a_command_for_another_core_says_so_and_is_not_imported():
    old = Point("seqrec.commands", "fit", "acme_nowhere:run", "acme", "1.0", ">=7,<8")
    told = r"'fit' of acme 1\.0 asks for seqrec-core>=7,<8; installed is seqrec-core 0\."
    with pytest.raises(IncompatiblePluginError, match=told):
        commands(old).function(("fit",))


def test_what_is_no_function_is_no_command(module):
    with pytest.raises(BrokenPluginError, match="acme_commands:HELP is no function"):
        commands(point("fit", value="acme_commands:HELP")).function(("fit",))


def test_the_allow_list_says_what_it_leaves_out(module):
    registry = Registry([point("fit"), point("go", "other", "acme_commands:run")])
    registry.allow_only(["other"])
    assert Commands(registry).function(("go",)) is module.run
    with pytest.raises(ForbiddenPluginError, match="'fit' comes from acme, which the allow list"):
        Commands(registry).function(("fit",))


def test_the_commands_of_the_core_are_exempt_from_the_allow_list(module):
    core = point("validate", "seqrec-core", "acme_commands:run")
    registry = Registry([core, point("go", "other")])
    registry.allow_only(["other"])
    assert Commands(registry).function(("validate",)) is module.run


def test_a_command_of_ours_that_is_missing_says_what_to_install():
    assert commands().is_known(("fit",))
    with pytest.raises(NotInstalledError, match="pip install seqrec-tool-run"):
        commands().function(("fit",))


def test_a_group_of_ours_that_is_missing_says_what_to_install(cli):
    result = cli([point("fit")], "data", "prepare", "log.csv", "--out", "data")
    assert isinstance(result.exception, NotInstalledError)
    assert "pip install seqrec-tool-prepare" in str(result.exception)


def test_a_group_has_its_help_from_its_distribution(module):
    help = point("acme", value="acme_commands:HELP", group="groups")
    assert commands(help, point("acme do")).help_of(("acme",)) == "What acme does."
    assert commands(point("acme do")).help_of(("acme",)) == ""


@pytest.fixture
def cli(monkeypatch):
    """Runs the application where these are the only commands."""

    def run(points, *arguments):
        monkeypatch.setattr(sys.modules["seqrec_core.cli.app"], "registry", Registry(points))
        return CliRunner().invoke(app, list(arguments))

    return run


def test_help_lists_a_broken_command_and_goes_on(cli, module):
    result = cli([point("bad", value="acme_nowhere:run"), point("good")], "--help")
    assert result.exit_code == 0
    assert "good" in result.output
    assert "does not load" in " ".join(result.output.split())


def test_a_broken_command_says_why_whatever_its_arguments(cli):
    result = cli([point("bad", value="acme_nowhere:run")], "bad", "--option", "1")
    assert isinstance(result.exception, BrokenPluginError)


def test_a_typo_in_a_command_has_a_suggestion(cli, module):
    result = cli([point("validate"), point("fit")], "validat")
    assert result.exit_code == 2
    assert "Did you mean 'validate'?" in " ".join(result.output.split())
