"""Runs `seqrec` commands in turn, each in a fork of one process that has loaded the command line.

    python [-S] in_turn.py [FOLDER …] < commands.json > what-they-gave.json

Reads lists of arguments; writes of each command its exit code, what it printed and its errors. The
folders are added to the path as if they were site-packages.
"""

import json
import os
import site
import sys
import tempfile
import traceback


def give(arguments: list[str]) -> tuple[int, str, str]:
    """Runs one command in a fork: exit code, standard output, standard error."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        if (process := os.fork()) == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            os._exit(exit_code(arguments))
        _, status = os.waitpid(process, 0)
        for file in (output, errors):
            file.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(), errors.read().decode()


def exit_code(arguments: list[str]) -> int:
    """Runs one command here; a traceback is printed, as the interpreter would."""
    from seqrec_core.cli import main

    sys.argv = ["seqrec", *arguments]
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        site.addsitedir(folder)
    sys.path.pop(0)  # the folder of this file, which `seqrec` would not see

    import seqrec_core.cli  # once, for all forks

    assert seqrec_core.cli
    json.dump([give(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
