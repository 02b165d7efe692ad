"""What `seqrec plugins show` prints of one component."""

import inspect
import json

from rich.console import Group, RenderableType

from seqrec_core.fields import ComponentDefault, Field, FieldInfo, Inherited, fields_of
from seqrec_core.registry import Component
from seqrec_core.terminal import table
from seqrec_core.wording import show, type_name

__all__ = ["page"]


def page(component: Component) -> RenderableType:
    """Docs, origin, fields and an example."""
    cls = component.spec
    rows = table("field", "type", "default", "range", "help")
    for field in fields_of(cls):
        rows.add_row(
            field.name, type_name(field.type), _default(field), _range(field.info), field.info.help
        )
    required = {field.name: "…" for field in fields_of(cls) if field.is_required}
    example = json.dumps({"type": component.name, **required}, ensure_ascii=False)
    lines = [
        f"[bold]{component.kind} {component.name}[/bold]  "
        f"{component.distribution} {component.version}, component version {cls.version}",
        inspect.getdoc(cls) or "",
        f"builds {cls.target}",
        *([f"source {cls.source}"] if cls.source else []),
        f"example {example}".replace("[", r"\["),
    ]
    return Group(*lines, *([rows] if fields_of(cls) else []))


def _default(field: Field) -> str:
    if field.is_required:
        return "required"
    match field.default:
        case Inherited(name):
            return f"inherited: {name or field.name}"
        case ComponentDefault(type_):
            return type_
        case tuple() | dict() as value:
            return json.dumps(value)
        case value:
            return show(value)


def _range(info: FieldInfo) -> str:
    bounds = ((">=", info.ge), (">", info.gt), ("<=", info.le), ("<", info.lt))
    return ", ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
