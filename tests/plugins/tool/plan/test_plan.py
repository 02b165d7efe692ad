import pytest
from seqrec_tool_plan.plan import planning, process_bytes

from seqrec_core.session import load_resolved

WHOLE = {"events": "1000", "users": "100", "devices": "2"}


def test_the_process_is_counted_with_its_libraries(spec):
    import psutil

    process = process_bytes(load_resolved(spec()).recipe)
    assert process == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)


def test_another_catalogue_is_planned_like_a_spec_of_it(spec):
    by_option = planning(spec(), [], None, 1.0, {"items": "5_000"})
    of_spec = planning(spec(items=5000), [], None, 1.0, {})
    assert by_option.step == of_spec.step
    assert by_option.cluster is by_option.fits is None
    assert by_option.figures == ()


def test_a_device_holds_it_where_the_smaller_of_both_ways_fits(spec):
    plan = planning(spec(), [], None, 1.0, WHOLE)
    whole, shared = (each.value for each in plan.figures if each.name.startswith("peak"))
    assert shared < whole

    def fits(size):
        return planning(spec(), [], None, 1.0, WHOLE | {"device_memory": f"{size}KB"}).fits

    assert fits(int(shared / 1000) + 1) is True
    assert fits(int(shared / 1000) - 1) is False


def test_rows_that_are_shared_out_halve_what_a_table_takes_and_begin_whole(spec):
    items, dim = 100_000, 16
    plan = planning(spec(items, loss={"type": "ce_sampled"}), [], None, 1.0, WHOLE)
    value = {each.name: each.value for each in plan.figures}
    table = 4 * items * dim  # and its gradient, two moments, and for a moment what Adam divides by
    saved = value["peak"] - value["peak, rows shared out"]
    assert saved == pytest.approx(5 * table / 2, rel=0.05)
    assert value["host, to begin"] == pytest.approx(table, rel=0.05)
    assert value["host, to resume"] == pytest.approx(3 * table, rel=0.05)
