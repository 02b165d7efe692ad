"""First-party components and the distribution that each comes with.

Generated from plugins/*/*/pyproject.toml by `nox -s known`; a test keeps it fresh.
"""

DISTRIBUTIONS: dict[tuple[str, str], str] = {}
