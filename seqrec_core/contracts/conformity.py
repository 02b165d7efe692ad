"""Whether an object has what a Protocol names, alike on any version of Python."""

__all__ = ["missing_members"]

_SPECIAL = ("__call__", "__getitem__", "__iter__", "__len__")


def missing_members(value: object, protocol: type) -> list[str]:
    """Names of methods and properties that a Protocol has and an object lacks, sorted.

    It asks the object; `isinstance` asks the class on some versions of Python, on others both.
    A method that is None is missing.
    """
    names = {name for base in protocol.__mro__ for name in vars(base)} - vars(object).keys()
    public = (name for name in names if not name.startswith("_") or name in _SPECIAL)
    return sorted(name for name in public if not _has(value, name, getattr(protocol, name)))


def _has(value: object, name: str, member: object) -> bool:
    return callable(getattr(value, name, None)) if callable(member) else hasattr(value, name)
