"""The names of files that were trained on, however many, in eight bytes each."""

from base64 import b64decode, b64encode
from hashlib import blake2b

_NAME, _SIZE = 5, 3  # bytes of digests


class TrainedNames:
    """Names of files with their lengths, as digests: two in a trillion names are taken for one.

    So a file that comes back is told from one that was never there, for as long as a stream goes.
    """

    def __init__(self, text: str = "") -> None:
        self._entries = bytearray(b64decode(text))
        width = _NAME + _SIZE
        entries = (self._entries[at : at + width] for at in range(0, len(self._entries), width))
        self._sizes = {bytes(each[:_NAME]): bytes(each[_NAME:]) for each in entries}

    def __str__(self) -> str:
        """Text that makes the same names."""
        return b64encode(self._entries).decode()

    def __contains__(self, name: object) -> bool:
        """Whether a file of this name was added."""
        return _name(str(name)) in self._sizes

    def add(self, name: str, size: int) -> None:
        """Adds a file."""
        key, value = _name(name), _size(size)
        self._entries += key + value
        self._sizes[key] = value

    def has_other(self, name: str, size: int) -> bool:
        """Whether a file of this name was added with another length."""
        return self._sizes.get(_name(name), _size(size)) != _size(size)


def _name(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=_NAME).digest()


def _size(size: int) -> bytes:
    return blake2b(str(size).encode(), digest_size=_SIZE).digest()
