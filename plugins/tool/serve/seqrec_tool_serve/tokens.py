"""Secrets of the environment, which no command line and no log shows."""

import os

from seqrec_core.errors import DataError

__all__ = ["token_of"]


def token_of(name: str | None, option: str) -> str:
    """The token in a variable of the environment, empty for no name.

    Raises DataError for a variable that is not set, or empty: a service that was to ask for a
    token would ask for none.
    """
    if name is None:
        return ""
    token = os.environ.get(name, "").strip()
    if not token:
        raise DataError(
            f"{option} names {name}, which the environment does not have; set it to the token, or "
            f"leave out {option}"
        )
    return token
