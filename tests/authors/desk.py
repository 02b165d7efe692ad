"""Where an author of plugins works: an empty folder, an environment, a recorded terminal."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

# What differs from run to run; it is left out of what is kept.
TIMES = re.compile(r" in [\d.]+s\b( \(\d+:\d+:\d+\))?|  [\d,]+ seq/s  [\d.]+ s")
PROGRAMS = {
    "pip": "import runpy; runpy.run_module('pip', run_name='__main__')",
    "pytest": "import sys, pytest; sys.exit(pytest.main())",
    "seqrec": "from seqrec_core.cli import main; main()",
}


class Desk:
    """A folder with nothing in it, and an environment that has what this one has.

    What is installed here comes on top, and goes with the folder. pip asks no index: whatever a
    project declares has to be there.
    """

    def __init__(self, folder: Path):
        self.folder = self.here = folder / "work"
        self.folder.mkdir()
        environment = folder / "venv"
        venv.create(environment, with_pip=False)
        (site,) = environment.glob("lib/python*/site-packages")
        shared = sysconfig.get_path("purelib")
        (site / "shared.pth").write_text(f"import site; site.addsitedir({shared!r})\n")
        for name, code in PROGRAMS.items():
            program = environment / "bin" / name
            program.write_text(f"#!{environment / 'bin' / 'python'}\n{code}\n")
            program.chmod(0o755)
        self.variables = {
            "HOME": str(folder),
            "OMP_NUM_THREADS": "1",
            "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # which is how pip spells --no-build-isolation
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    def type(self, command: str, code: int = 0) -> str:
        """Runs a command line, which ends with a code, and returns the line and what it prints."""
        program, *arguments = shlex.split(command.replace("\\\n", ""))
        if program == "cd":
            self.here = (self.here / arguments[0]).resolve()
            return f"$ {command}\n"
        start = time.monotonic()
        process = subprocess.run(
            [program, *arguments],
            cwd=self.here,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(f"{time.monotonic() - start:6.1f} s  {command.splitlines()[0]}", flush=True)
        if process.returncode != code:
            sys.exit(f"{process.stdout}\n{command!r} ended with {process.returncode}, not {code}")
        lines = [TIMES.sub("", line).rstrip() for line in process.stdout.splitlines()]
        output = "\n".join(lines).strip("\n")
        ending = f"$ echo $?\n{code}\n" if code else ""
        return f"$ {command}\n{output}".rstrip() + f"\n{ending}"
