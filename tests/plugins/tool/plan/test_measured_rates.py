from pathlib import Path

from seqrec_tool_plan.measured_rates import MEASURED, RATES

ROOT = Path(__file__).parents[4]


def test_each_rate_is_one_that_its_command_prints():
    for name, rate in RATES.items():
        assert rate.value > 0
        if name not in MEASURED:
            assert rate.source.startswith(("by definition", "an estimate"))
            continue
        assert rate.value == MEASURED[name]
        script = (ROOT / rate.source.split()[1]).read_text(encoding="utf-8")
        assert f'"{name}": ' in script or f'["{name}"] = ' in script
