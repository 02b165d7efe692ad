"""One page about a run: settings, metrics beside the baseline, curve, files."""

import html
from collections.abc import Iterable, Iterator
from typing import Any

from seqrec_core.bundle import Bundle
from seqrec_core.session import dump
from seqrec_core.spec import Recipe
from seqrec_core.whole_files import write_text
from seqrec_tool_run.curve import curve_svg
from seqrec_tool_run.history_csv import HISTORY, read_rows
from seqrec_tool_run.metrics import BASELINE, OF, TIMED, compared, splits, times

REPORT = "report.html"
FORMER_CURVE = "curve.png"  # a file that earlier editions wrote beside the page
# the page runs nothing, and asks nobody for anything, whatever stands on it
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
)
STYLE = """
:root { color-scheme: light dark; --text: #1f2937; --quiet: #6b7280; --rule: #e5e7eb;
        --code: #f3f4f6; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e5e7eb; --quiet: #9ca3af; --rule: #374151; --code: #1f2937; --page: #111827; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .25rem .9rem .25rem 0; text-align: left; }
tr { border-bottom: 1px solid var(--rule); } th { color: var(--quiet); font-weight: 600; }
.numbers :is(td, th) + :is(td, th) { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } code { background: var(--code); padding: .1rem .3rem; border-radius: 4px; }
.columns { display: flex; flex-wrap: wrap; gap: 0 3rem; }
.columns > svg { flex: 1 1 22rem; max-width: 30rem; }
"""

FILES = {
    "spec.lock.json": "the resolved spec and the versions of its plugins",
    "model.safetensors": "the weights that were best in validation",
    "metrics.json": "the numbers of this page",
    "items.parquet": "item ids of the data, row i for item i",
    "logs/history.csv": "one row a validation",
    "checkpoints/last.ckpt": "where `--resume` goes on",
}


def write_report(bundle: Bundle, recipe: Recipe) -> None:
    """Writes report.html, which needs no other file, into the folder of a run of this recipe."""
    history = bundle.path / HISTORY
    rows = read_rows(history) if history.is_file() else []
    monitor = recipe.trainer.monitored() if recipe.trainer else None
    curve = curve_svg(rows, monitor or "", bundle.metrics.get("epoch"))
    page = "\n".join(_page(bundle, dump(recipe, bundle.session), rows, curve))
    write_text(bundle.path / REPORT, page)
    (bundle.path / FORMER_CURVE).unlink(missing_ok=True)  # it would show less than the page


def _page(
    bundle: Bundle, recipe: dict[str, Any], rows: list[dict[str, float]], curve: str
) -> Iterator[str]:
    name = html.escape(recipe["model"]["type"].partition(":")[2])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8">{POLICY}<title>{name}</title>'
    yield f"<style>{STYLE}</style><h1>{name}</h1>"
    if rows:
        yield f"<p>{html.escape(_summary(rows, bundle.metrics))}</p>"
    yield '<div class="columns">'
    for split in splits(bundle.metrics):
        yield f"<div><h2>{html.escape(split)}</h2>{_metrics(bundle.metrics, split)}</div>"
    yield f"</div><p>{_ranked(splits(bundle.metrics))}</p>"
    if curve:
        yield f'<h2>Curve</h2><div class="columns">{curve}</div>'
    yield '<h2>Settings</h2><div class="columns">'
    for part in ("model", "data", "trainer"):
        settings = _settings(recipe.get(part) or {}, set())
        lines = [(html.escape(key), html.escape(text)) for key, text in settings]
        yield f"<div><h2>{part}</h2>{_table((), lines)}</div>"
    yield f"</div><p>Seed {html.escape(str(recipe['seed']))}.</p><h2>Files</h2>"
    files = [(name, text) for name, text in FILES.items() if (bundle.path / name).exists()]
    logs = sorted(f"logs/{path.name}" for path in (bundle.path / "logs").glob("*"))
    files += [(name, "of a tracker") for name in logs if name not in FILES]
    yield _table((), [(f"<code>{html.escape(name)}</code>", text) for name, text in files])


def _ranked(names: list[str]) -> str:
    """What was ranked for the numbers of these splits."""
    every = "Every item of the catalogue is ranked, with the filters that predict uses."
    some = " Where a name follows a split, only the candidates in the file of that name are."
    timed = f" {TIMED[1:].capitalize()} behind a name says that the model is told when it is asked."
    words = every + (some if any(OF in name for name in names) else "")
    return words + (timed if any(TIMED in name for name in names) else "")


def _summary(rows: list[dict[str, float]], metrics: dict[str, float]) -> str:
    best = f", best after {metrics['epoch']:g}" if "epoch" in metrics else ""
    epochs = f"{rows[-1]['epoch']:g} epochs{best}"
    seconds = sum(row.get("seconds", 0.0) for row in rows)
    if not seconds:
        return f"{epochs}."
    an_epoch = f"{seconds / rows[-1]['epoch']:,.1f} an epoch with its validation"
    return f"{epochs}; {seconds:,.0f} seconds, {an_epoch}."


def _metrics(metrics: dict[str, float], split: str) -> str:
    lines = [
        (
            html.escape(name),
            f"{value:.4f}",
            "" if baseline is None else f"{baseline:.4f}",
            times(value, baseline),
        )
        for name, value, baseline in compared(metrics, split)
    ]
    return _table(("metric", "model", BASELINE, ""), lines)


def _table(heads: Iterable[str], lines: Iterable[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in lines)
    return f"<table class={'numbers' if top else 'words'}><tr>{top}</tr>{body}</table>"


def _settings(
    part: dict[str, Any], page: set[tuple[str, Any]], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Plain settings of a component and of its parts that are not on the page yet.

    Settings that parts inherit are there once.
    """
    for key, value in part.items():
        if key == "type":
            yield prefix + key, value.partition(":")[2]
        elif isinstance(value, dict) and key != "transforms":
            yield from _settings(value, page, f"{prefix}{key}.")
        elif isinstance(value, str | int | float) and (key, value) not in page:
            page.add((key, value))
            yield prefix + key, str(value)
