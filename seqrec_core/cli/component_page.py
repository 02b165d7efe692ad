"""What `seqrec plugins show` prints of one component, and the reference pages say of it."""

import inspect
import json

from rich.console import Group, RenderableType
from rich.text import Text

from seqrec_core.reading.wording import show, type_name
from seqrec_core.registry import Component
from seqrec_core.spec import EncoderSpec, Spec
from seqrec_core.spec.examples import required_settings
from seqrec_core.spec.fields import ComponentDefault, Field, Inherited, fields_of
from seqrec_core.terminal import table

COLUMNS = ("field", "type", "default", "range", "help")


def page(component: Component) -> RenderableType:
    """Docs, origin, an example and the fields."""
    cls = component.spec
    rows = table(*COLUMNS)
    for row in field_rows(cls):
        rows.add_row(*row)
    title = Text.assemble(
        (f"{component.kind} {component.name}", "bold"),
        f"  {component.distribution} {component.version}, component version {cls.version}",
    )
    lines: list[RenderableType] = [
        title,
        inspect.getdoc(cls) or "",
        *(f"{name} {value}" for name, value in facts(cls).items()),
        f"example {example(component)}",
    ]
    return Group(*lines, *([rows] if rows.row_count else []))


def facts(cls: type[Spec]) -> dict[str, str]:
    """What a spec class says of itself besides its fields; what it does not say is left out."""
    serves = cls.serves if issubclass(cls, EncoderSpec) else ()
    said = {
        "builds": cls.target,
        "takes from build": ", ".join(cls.runtime),
        "serves the tower": " and ".join(serves),
        "source": cls.source,
    }
    return {name: value for name, value in said.items() if value}


def example(component: Component) -> str:
    """The shortest JSON that names a component, with … for texts that are its user's to say."""
    return json.dumps(
        {"type": component.name, **required_settings(component.spec, "…")}, ensure_ascii=False
    )


def field_rows(cls: type[Spec]) -> list[tuple[str, ...]]:
    """One row a field, in words: see COLUMNS."""
    rows: list[tuple[str, ...]] = []
    for field in fields_of(cls):
        info = field.info
        bounds = ((">=", info.ge), (">", info.gt), ("<=", info.le), ("<", info.lt))
        range_ = ", ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        help = f"{info.help} (for parts only)" if info.for_parts else info.help
        rows.append((field.name, type_name(field.type), _default(field), range_, help))
    return rows


def _default(field: Field) -> str:
    if field.is_required:
        return "required"
    match field.default:
        case Inherited(name, default):
            otherwise = "" if default is ... else f", or {show(default)}"
            return f"inherited: {name or field.name}{otherwise}"
        case ComponentDefault(type_, settings):
            return json.dumps({"type": type_, **dict(settings)}) if settings else type_
        case tuple() | dict() as value:
            return json.dumps(value)
        case value:
            return show(value)
