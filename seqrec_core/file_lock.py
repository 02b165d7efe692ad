"""Locks of files and folders among processes; one that ends lets go of what it holds."""

from contextlib import suppress

try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None  # type: ignore[assignment]

__all__ = ["lock"]


def lock(descriptor: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Locks what a descriptor stands for; without `wait`, whether nobody else holds it.

    True, too, where the system or the file system has no locks.
    """
    if fcntl is None:
        return True
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def unlock(descriptor: int) -> None:
    """Lets go at once, though a child that was forked meanwhile has the descriptor, too."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
