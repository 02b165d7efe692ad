"""Checks of what draws random numbers while a model is trained: transforms and samplers."""

from collections.abc import Iterable
from typing import Any

from torch import Generator

from seqrec_core.contracts import DrawsNumbers
from seqrec_tool_conformance.compare import assert_same, differs, leaves
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["DrawingConformance"]


class DrawingConformance(GeneralConformance):
    """Checks that draws follow from the recipe's seed, and go on where a checkpoint left them."""

    def test_randomness_follows_from_the_seed_of_the_recipe(self) -> None:
        one, other = (self.run(self.build(), seed=seed) for seed in (1, 2))
        assert_same(
            one,
            other,
            "it draws from torch's global random state; take a generator, by runtime = "
            '("generator",), so that a recipe\'s seed reproduces its batches',
        )

    def test_a_checkpoint_can_keep_what_it_draws(self) -> None:
        component = self.build()
        generators = list(_generators(component))
        states = [generator.get_state() for generator in generators]
        first, second = self.run(component), self.run(component)
        if _places(first) != _places(second) or not differs(first, second):
            return
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
        assert_same(
            self.run(component),
            first,
            "it draws other numbers with the states of its generators(), so a resumed run would "
            "not go on as it was; yield every generator that it draws from",
        )


def _generators(component: Any) -> Iterable[Generator]:
    return component.generators() if isinstance(component, DrawsNumbers) else ()


def _places(value: Any) -> list[str]:
    return [path for path, _ in leaves(value)]
