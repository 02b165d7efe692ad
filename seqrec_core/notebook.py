"""How recipes, components and registries look at a prompt and in a notebook; all text is escaped.

Nothing of a plugin is imported for it, but what is looked at: the settings of one component.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from html import escape as escaped
from itertools import islice
from typing import Any

from seqrec_core.printable import printable, shortened
from seqrec_core.spec.fields import ComponentDefault, ComponentsDefault, Field, Inherited, fields_of
from seqrec_core.spec.record import Record

Scope = Mapping[str, Any]
_SHOWN = 3  # entries of a list in one line
_NODES = 100  # of a list in a tree
_LONGEST = 200  # characters of a value


def recipe_text(recipe: Any) -> str:
    """A line for each part of a recipe: what differs from defaults and from what it inherits."""
    schema = repr(recipe.schema)
    with suppress(Exception):  # of a schema that is at fault: it is shown as it is
        features = recipe.schema.features
        names = [f.name + (f" ({f.cardinality})" if f.cardinality else "") for f in features[:50]]
        schema = ", ".join(names) + (f" … {len(features):,} in all" if features[50:] else "")
    lines = [type(recipe).__name__, f"  schema: {schema}"]
    for name, value, is_default, scope in _parts(recipe):
        if not is_default:
            lines.append(f"  {name}: {_text(value, scope)}")
    return printable("\n".join(shortened(line) for line in lines))


def recipe_html(recipe: Any) -> str:
    """A tree that folds, with every value; bold is what `recipe_text` has."""
    schema = _node("schema", recipe.schema, False, {})
    nodes = (_node(*part) for part in _parts(recipe))
    return _fold(escape(type(recipe).__name__), [schema, *nodes], is_open=True)


def table_html(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of plain text."""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def settings_html(cls: type[Record]) -> str:
    """A table of the fields of a spec class."""
    rows = ((field.name, _default(field), field.info.help) for field in fields_of(cls))
    return table_html(("setting", "default", "help"), rows)


def escape(text: str) -> str:
    """Text for a page: no markup, and nothing that changes how the text beside it is read."""
    return escaped(printable(shortened(text)))


def _parts(recipe: Any) -> Iterator[tuple[str, Any, bool, Scope]]:
    """The fields of a recipe but the schema, whether each is the default, what it may inherit."""
    scope: dict[str, Any] = {}
    with suppress(Exception):  # of a schema that is at fault: it is shown all the same
        scope = recipe.schema.offers()
    for name, value, is_default, _ in _fields(recipe, scope):
        if name != "schema":
            yield name, value, is_default, scope
        if name == "model" and isinstance(value, Record):
            scope = _inside(value, scope)


def _fields(record: Record, scope: Scope) -> Iterator[tuple[str, Any, bool, Scope]]:
    inside = _inside(record, scope)
    for field in fields_of(type(record)):
        value, default = getattr(record, field.name), field.default
        is_default = bool(value == default)
        if isinstance(default, Inherited) and not is_default:
            is_default = value == scope.get(default.name or field.name, default.default)
        yield field.name, value, is_default, inside


def _inside(record: Record, scope: Scope) -> dict[str, Any]:
    """What the parts of a record may inherit."""
    return {**scope, **{f.name: getattr(record, f.name) for f in fields_of(type(record))}}


def _text(value: Any, scope: Scope) -> str:
    if isinstance(value, Record):
        own = [f"{n}={_text(v, s)}" for n, v, same, s in _fields(value, scope) if not same]
        return f"{type(value).__name__}({', '.join(own)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_text(item, scope)}' for key, item in value.items())}}}"
    if isinstance(value, tuple):
        few = [type(v).__name__ if isinstance(v, Record) else _text(v, scope) for v in value]
        more = [f"… {len(few) - _SHOWN} more"] if len(few) > _SHOWN else []
        return f"[{', '.join(few[:_SHOWN] + more)}]"
    return _shown(value)


def _node(name: str, value: Any, is_default: bool, scope: Scope) -> str:
    label = escape(name)
    label = label if is_default else f"<b>{label}</b>"
    if isinstance(value, Record):
        inner = [_node(*field) for field in _fields(value, scope)]
        return _fold(f"{label}: {escape(type(value).__name__)}", inner)
    is_list = isinstance(value, tuple)
    items = enumerate(value) if is_list else value.items() if isinstance(value, Mapping) else ()
    if inner := [_node(str(k), item, is_default, scope) for k, item in islice(items, _NODES)]:
        rest = len(value) - len(inner)
        more = [f"<div>… {rest:,} more</div>"] if rest else []
        return _fold(f"{label}: {len(value)}", [*inner, *more])
    return f"<div>{label}: <code>{escape(_shown(value))}</code></div>"


def _fold(summary: str, inner: Iterable[str], *, is_open: bool = False) -> str:
    body = f'<div style="margin-left: 1.5em">{"".join(inner)}</div>'
    return f"<details{' open' if is_open else ''}><summary>{summary}</summary>{body}</details>"


def _shown(value: Any) -> str:
    match value:
        case Inherited():
            return "inherited"
        case ComponentDefault(type_, _):
            return f"{type_}, the default"
        case ComponentsDefault(parts):
            return f"{', '.join(part.type for part in parts) or 'none'}, the default"
        case _:
            return shortened(repr(value), _LONGEST)


def _default(field: Field) -> str:
    return "required" if field.is_required else _shown(field.default)
