"""Throw-away environments of the core and whatever wheels a test installs."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from flit_core.wheel import make_wheel_in

OURS = ("seqrec_core", "seqrec_tool_authoring", "seqrec_tool_specs")
SITE = Path(sysconfig.get_path("purelib"))
SEQREC = "from seqrec_core.cli import main; main()"
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
{component} = "{module}.specs:{cls}"
"""
LOSS = """
from seqrec_core.spec import LossSpec, param, spec

@spec
class Mean(LossSpec):
    "The mean, scaled."
    target = "{module}.parts:Mean"
    scale: float = param(1.0, gt=0, help="factor")
"""


class World:
    """An environment of the core, what it needs, two tools and no other plugin."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        venv.create(folder / "venv", with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        self.site = next((folder / "venv").glob("lib/python*/site-packages"))
        shared = folder / "shared"
        shared.mkdir()
        for entry in SITE.iterdir():
            if not entry.name.startswith("seqrec_") or entry.name.startswith(OURS):
                (shared / entry.name).symlink_to(entry)
        (self.site / "shared.pth").write_text(f"import site; site.addsitedir({str(shared)!r})\n")

    def wheel(self, name, component="mean", *, kind="loss", specs=LOSS, version="1.0", **more):
        """Builds the wheel of a plugin with one component."""
        module = name.replace("-", "_")
        project = self.folder / "projects" / f"{name}-{version}"
        (project / module).mkdir(parents=True)
        metadata = {"core": "seqrec-core>=0.1,<0.2", "cls": "Mean"} | more
        told = {"name": name, "version": version, "kind": kind, "component": component}
        pyproject = project / "pyproject.toml"
        pyproject.write_text(PROJECT.format(module=module, **told, **metadata))
        (project / module / "__init__.py").touch()
        (project / module / "specs.py").write_text(specs.format(module=module))
        (project / module / "parts.py").write_text("class Mean:\n    pass\n")
        return make_wheel_in(pyproject, self.wheels).file

    def pip(self, *arguments):
        """Runs pip on this environment."""
        command = [sys.executable, "-m", "pip", "--python", str(self.python), "-q", *arguments]
        subprocess.run(command, check=True, timeout=300)

    def install(self, *wheels):
        """Installs wheels, and nothing that they require; options of pip may stand among them."""
        offline = ("--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check")
        self.pip("install", *offline, *map(str, wheels))

    def uninstall(self, *names):
        """Uninstalls distributions."""
        self.pip("uninstall", "-y", *names)

    def run(self, code, *arguments, **environment):
        """Runs Python code here."""
        return subprocess.run(
            [str(self.python), "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment,
            timeout=120,
        )

    def seqrec(self, *arguments, **environment):
        """Runs `seqrec` here."""
        return self.run(SEQREC, *arguments, **environment)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An environment without plugins, for the tests of a module."""
    return World(tmp_path_factory.mktemp("world"))
