"""Commands in turn, in this environment or in one of the core and whatever wheels a test makes."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

import pytest
from flit_core.wheel import make_wheel_in

IN_TURN = Path(__file__).with_name("in_turn.py")
OURS = ("seqrec_core", "seqrec_tool_authoring", "seqrec_tool_specs")
SITE = Path(sysconfig.get_path("purelib"))
PIP = (sys.executable, "-m", "pip")
PROJECT = """
[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "{name}"
version = "{version}"
description = "A plugin."
requires-python = ">=3.11"
dependencies = ["{core}"]

[project.entry-points."seqrec.{kind}"]
{component} = "{module}.{value}"
"""
LOSS = """
from seqrec_core.spec import LossSpec, param, spec

@spec
class Mean(LossSpec):
    "The mean, scaled."
    target = "{module}.parts:Mean"
    scale: float = param(1.0, gt=0, help="factor")
"""


class Said(NamedTuple):
    """What a command gave."""

    code: int
    output: str
    errors: str

    @property
    def words(self) -> str:
        """All that it said, in single spaces."""
        return " ".join((self.output + self.errors).split())


def commands_in_turn(
    commands, *, python=sys.executable, options=(), sites=(), folder=None, **variables
):
    """Runs commands, lists of arguments, in one process, and gives what each said."""
    lists = [[str(argument) for argument in arguments] for arguments in commands]
    process = subprocess.run(
        [python, *options, IN_TURN, *map(str, sites)],
        input=json.dumps(lists),
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"} | variables,
        check=True,
    )
    return [Said(*said) for said in json.loads(process.stdout)]


class World:
    """An environment of the core, what it needs, two tools and no other plugin.

    Wheels are installed in folders of their own, any of which a command may have on its path.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "wheels").mkdir()
        venv.create(folder / "venv", with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        own_site = next((folder / "venv").glob("lib/python*/site-packages"))
        shared = folder / "shared"
        shared.mkdir()
        for entry in SITE.iterdir():
            if not entry.name.startswith("seqrec_") or entry.name.startswith(OURS):
                (shared / entry.name).symlink_to(entry)
        (own_site / "shared.pth").write_text(f"import site; site.addsitedir({str(shared)!r})\n")

    def wheel(self, name, component="mean", *, kind="loss", specs=LOSS, version="1.0", **more):
        """Builds the wheel of a plugin with one component; `commands` is the text of a module."""
        module = name.replace("-", "_")
        project = self.folder / "projects" / f"{name}-{version}"
        (project / module).mkdir(parents=True)
        commands = more.pop("commands", "")
        fields = {"core": "seqrec-core>=0.1,<0.2", "value": "specs:Mean"} | more
        fields |= {"name": name, "version": version, "kind": kind, "component": component}
        pyproject = project / "pyproject.toml"
        pyproject.write_text(PROJECT.format(module=module, **fields))
        (project / module / "__init__.py").touch()
        (project / module / "specs.py").write_text(specs.format(module=module))
        (project / module / "parts.py").write_text("class Mean:\n    pass\n")
        (project / module / "commands.py").write_text(commands)
        return make_wheel_in(pyproject, self.folder / "wheels").file

    def install(self, place, *wheels):
        """Installs wheels, and nothing that they require, in a folder; returns it."""
        offline = ("--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check")
        options = ("-q", *offline, "--target", str(self.folder / place))
        subprocess.run([*PIP, "install", *options, *map(str, wheels)], check=True)
        return self.folder / place

    def seqrec(self, *commands, path=()):
        """Runs commands here with the plugins of these folders; gives what each said."""
        found_in = os.pathsep.join(map(str, path))
        return commands_in_turn(
            commands, python=self.python, folder=self.folder, PYTHONPATH=found_in
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An environment without plugins, for the tests of a module."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def in_turn():
    """Runs commands in this environment, in one process; see `commands_in_turn`."""
    return commands_in_turn
