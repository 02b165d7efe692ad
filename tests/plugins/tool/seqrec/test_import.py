"""What an import of the front door brings along."""

import subprocess
import sys

import seqrec

HEAVY = ("torch", "lightning", "polars", "pandas", "pyarrow", "numpy", "matplotlib", "rich")


def test_the_import_is_light_and_so_is_the_list_of_what_is_installed():
    code = (
        "import sys, seqrec; seqrec.registry._repr_html_();"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout == "[]\n"


def test_every_public_name_is_there_and_documented():
    assert seqrec.__all__ == sorted(seqrec.__all__)
    functions = (seqrec.fit, seqrec.load, seqrec.prepare, seqrec.presets)
    assert all(">>>" in function.__doc__ for function in functions)
