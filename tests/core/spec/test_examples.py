from enum import Enum
from typing import Literal

import pytest

from seqrec_core.reading.codec import Reader
from seqrec_core.session import registry
from seqrec_core.spec import LossSpec, NormSpec, required, spec
from seqrec_core.spec.examples import required_settings
from seqrec_core.spec.fields import fields_of


class Shade(Enum):
    DARK = "dark"


@spec
class Demanding(LossSpec):
    """Has a required field of every type."""

    target = "seqrec_fake.parts:Loss"
    name: str = required(help="a name")
    count: int = required(ge=3, help="a count")
    share: float = required(gt=0, lt=1, help="a share")
    rate: float = required(lt=-2, help="a rate")
    flag: bool = required(help="a flag")
    shade: Shade = required(help="a shade")
    mode: Literal["a", "b"] = required(help="a mode")
    sizes: tuple[int, ...] = required(help="sizes")
    weights: dict[str, float] = required(help="weights")
    maybe: int | None = required(help="perhaps")


def test_the_examples_are_read_without_a_fault():
    settings = required_settings(Demanding, "item_id")
    assert set(settings) == {field.name for field in fields_of(Demanding)}
    assert settings["name"] == "item_id"
    reader = Reader(registry)
    for field in fields_of(Demanding):
        reader.read(settings[field.name], field.type, field.name, field)
    assert reader.faults == []


def test_a_part_has_no_example():
    @spec
    class Whole(LossSpec):
        """Needs a part."""

        norm: NormSpec = required(help="a part")

    with pytest.raises(LookupError, match="NormSpec"):
        required_settings(Whole, "item_id")
