"""One page a kind: every first-party component, as the registry and its docstrings tell it."""

import inspect
import pkgutil
import re
import typing
from collections.abc import Collection
from pathlib import Path
from typing import Any

from seqrec_core import registry
from seqrec_core.cli.component_page import COLUMNS, example, facts, field_rows
from seqrec_core.registry import Component, Registry
from seqrec_core.registry.installed import CORE
from seqrec_core.spec import Spec

__all__ = ["OURS", "pages"]

_FOLDERS = (path.parent for path in Path(__file__).parents[2].glob("plugins/*/*/pyproject.toml"))
OURS = {CORE} | {f"seqrec-{f.parent.name}-{f.name}".replace("_", "-") for f in _FOLDERS}

CALLS = ("forward", "__call__", "create", "on_prediction", "get_result", "__getitem__")
LETTERS = (
    "Letters in shapes: B users, L positions, D dim, H heads, N negatives, P positives, V items."
)


def pages(registry: Registry = registry, distributions: Collection[str] = OURS) -> dict[str, str]:
    """Text of the page of each kind, and of the index, by file name.

    They have the kinds that these distributions declare, and the components that they offer.
    """
    kinds = {}
    for kind in map(registry.kind, registry.kinds()):
        if kind.distribution in distributions:
            offers = [c for c in registry if c.kind == kind.name]
            kinds[kind.name] = kind.base, [c for c in offers if c.distribution in distributions]
    texts = {f"{name}.md": _page(base, components) for name, (base, components) in kinds.items()}
    return {"index.md": _index(kinds)} | texts


def _index(kinds: dict[str, tuple[type[Spec], list[Component]]]) -> str:
    rows = []
    for kind, (base, components) in kinds.items():
        names = ", ".join(f"[`{c.name}`]({kind}.md#{c.name})" for c in components)
        about = _prose(inspect.getdoc(base)).partition("\n\n")[0]
        rows.append((f"[{kind}]({kind}.md)", names or "none", about))
    return (
        "# Reference\n\n"
        "Every component of the first-party plugins. These pages are made from the registry; "
        "`seqrec plugins show KIND NAME` prints the same for whatever is installed.\n\n"
        f"{_table(('kind', 'names', 'what it does'), rows)}"
    )


def _page(base: type[Spec], components: list[Component]) -> str:
    intro = (
        f"# {base.kind}\n\n{_prose(inspect.getdoc(base))}\n\n"
        "What each of them must be able to do: "
        f"[contract](../contracts.md#{base.kind}). {LETTERS}\n"
    )
    nothing = (
        f"\nNo first-party plugin has one. [Write yours](../new-plugin.md): `--kind {base.kind}`.\n"
    )
    return intro + ("\n".join(["", *map(_section, components)]) if components else nothing)


def _section(component: Component) -> str:
    cls = component.spec
    where = [
        f"Name: `{component.name}`, or always `{component.canonical}`",
        f"Distribution: `{component.distribution}` {component.version}, "
        f"component version {cls.version}",
        *(f"{name.capitalize()}: {_fact(value)}" for name, value in facts(cls).items()),
    ]
    rows = [
        (f"`{name}`", _escape(type_), _default(default), bounds and f"`{bounds}`", _escape(help))
        for name, type_, default, bounds, help in field_rows(cls)
    ]
    parts = [
        f"## {component.name} {{#{component.name}}}",
        _prose(inspect.getdoc(cls)),
        "\n".join(f"- {line}" for line in where),
        f"```json\n{example(component)}\n```",
        *([_table(COLUMNS, rows).rstrip()] if rows else ["It has no fields."]),
        *_of_target(cls.target),
    ]
    return "\n\n".join(parts) + "\n"


def _default(text: str) -> str:
    """A default as code; that a field is required or inherited stands out."""
    if text == "required":
        return "**required**"
    inherits, _, name = text.partition("inherited: ")
    return f"inherited: `{name}`" if name and not inherits else f"`{text}`"


def _fact(value: str) -> str:
    return f"<{value}>" if value.startswith("https://") else f"`{value}`"


def _of_target(target: str) -> list[str]:
    """What the class that is built says of itself, and of the call that computes."""
    cls = _class_of(target)
    parts = [f"### `{cls.__name__}` {{#{cls.__name__}}}", _prose(inspect.getdoc(cls))]
    for call in CALLS:
        function = _method(cls, call)
        if function is not None and (docs := inspect.getdoc(function)):
            return [*parts, f"`{call}({_arguments(function)})`", _prose(docs)]
    return parts


def _class_of(target: str) -> type:
    """The class that a target names, or whose classmethod it is, or that it returns."""
    module, _, name = target.partition(":")
    named: Any = pkgutil.resolve_name(f"{module}:{name.partition('.')[0]}")
    cls: type = named if isinstance(named, type) else typing.get_type_hints(named)["return"]
    return cls


def _method(cls: type, name: str) -> Any:
    """A method that a class has from one of our packages, not from torch or Lightning."""
    ours = (base for base in cls.__mro__ if base.__module__.startswith("seqrec_"))
    return next((vars(base)[name] for base in ours if name in vars(base)), None)


def _arguments(function: Any) -> str:
    """Names and defaults; types are told by the text, as shapes."""
    signature = inspect.signature(function)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    text = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return text[1:-1].removeprefix("self, ").removeprefix("self")


def _prose(docs: str | None) -> str:
    """A docstring as Markdown in which stars, underscores and brackets stand for themselves."""
    parts = re.split(r"(``?[^`]+``?)", docs or "")
    return "".join(part if part.startswith("`") else _escape(part) for part in parts)


def _escape(text: str) -> str:
    """Text as Markdown that shows it as it is, in a table too."""
    return re.sub(r"([*_\[\]|])", r"\\\1", text.replace("<", "&lt;"))


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
