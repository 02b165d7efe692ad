"""What /proc says of processes: who started whom, and what one holds."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1e6


def children(pid: int) -> list[int]:
    """Processes that one started."""
    return [each for each, fields in processes() if int(fields[1]) == pid]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for has ended too."""
    return any(each == pid and fields[0] != "Z" for each, fields in processes())


def processes() -> Iterator[tuple[int, list[str]]]:
    """Each process, with its state and its parent, and what else /proc/PID/stat has."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(path.parent.name), path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def holdings() -> dict[str, int]:
    """How many file handles, threads and children this process has."""
    return {
        "file handles": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "threads of Python": threading.active_count(),
        "children": len(children(os.getpid())),
    }
