"""Daily work: `nox -s quickstart`, `nox -s tests`, and the rest that `nox -l` lists.

Sessions install the tree once, in one pip call, and reuse their environment.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed
from packaging.requirements import Requirement

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types"]

ROOT = Path(__file__).parent
TORCH = "torch==2.13.0"
LOCKED = ROOT / "plugins" / "tool" / "seqrec" / "constraints.txt"
PROJECT = nox.project.load_toml("pyproject.toml")


def plugins() -> list[Path]:
    """Folders of every plugin distribution."""
    return sorted(path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml"))


def project_of(path: Path) -> dict[str, Any]:
    """What a distribution says of itself."""
    project: dict[str, Any] = nox.project.load_toml(path / "pyproject.toml")["project"]
    return project


def extras(path: Path) -> str:
    """All extras of a distribution, as pip takes them behind its name."""
    names = ",".join(project_of(path).get("optional-dependencies", {}))
    return f"[{names}]" if names else ""


def group(name: str) -> list[str]:
    """Requirements of a dependency group of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, name)


def install_tree(session: nox.Session, *extra: str) -> None:
    """Installs the core and every plugin with all extras, editable."""
    install(session, [str(ROOT), *(f"{path}{extras(path)}" for path in plugins())], *extra)


def install_product(session: nox.Session, *options: str, locked: bool = False) -> None:
    """Installs what `pip install "seqrec[options]"` does, editable: not every plugin.

    `locked` takes the very versions that the tests passed with.
    """
    folders = {project_of(path)["name"]: path for path in plugins()}
    paths: dict[str, None] = {}
    queue = [(folders["seqrec"], frozenset(options))]
    while queue:
        path, chosen = queue.pop()
        place = f"{path}[{','.join(sorted(chosen))}]" if chosen else str(path)
        if place in paths:
            continue
        paths[place] = None
        project = project_of(path)
        lines = list(project.get("dependencies", ()))
        for name in chosen:
            lines += project["optional-dependencies"][name]
        needs = map(Requirement, lines)
        queue += [(folders[n.name], frozenset(n.extras)) for n in needs if n.name in folders]
    install(session, [str(ROOT), *paths], *(("--constraint", str(LOCKED)) if locked else ()))


def install(session: nox.Session, paths: list[str], *extra: str) -> None:
    """Installs folders in one call, without one build environment for each."""
    session.install("flit_core>=3.11", TORCH)
    local = [argument for path in paths for argument in ("-e", path)]
    session.install("--no-build-isolation", TORCH, *extra, *local)


@nox.session
def quickstart(session: nox.Session) -> None:
    """The main job end to end, on a small data set made on the spot."""
    install_product(session)
    out = Path(session.posargs[0] if session.posargs else "quickstart")
    session.run("rm", "-rf", str(out), external=True)
    data, spec, run = str(out / "data"), str(out / "spec.json"), str(out / "run")
    session.env["OMP_NUM_THREADS"] = "1"  # as fast for so small a model, and steady anywhere
    session.run("seqrec", "data", "synth", "--out", data)
    session.run("seqrec", "init", "sasrec", "--data", data, "--out", spec, *QUICK)
    session.run("seqrec", "build", spec)
    session.run("seqrec", "fit", spec, "--out", run)
    session.run("seqrec", "evaluate", run)
    session.run("seqrec", "predict", run, "--out", str(out / "recommendations.parquet"))
    session.log(f"bundle: {run}")
    session.log(f"report: {run}/report.html")
    session.log(f"recommendations: {out / 'recommendations.parquet'}")


QUICK = [
    *("--set", "model.embedding_dim=64"),
    *("--set", "model.num_heads=2"),
    *("--set", "data.batch_size=32"),
    *("--set", "trainer.max_epochs=8"),
]


@nox.session
def story(session: nox.Session) -> None:
    """From a file to a service and on to tomorrow: commands, Python, a notebook; ten minutes.

    Its environment has what `pip install "seqrec[onnx,serve]"` brings, and what runs a notebook.
    """
    install_product(session, "onnx", "serve", locked=True)
    session.install(*[line for line in group("test") if line.startswith(("nb", "ipykernel"))])
    out = session.posargs[0] if session.posargs else "story"
    session.run("rm", "-rf", out, external=True)
    session.env["OMP_NUM_THREADS"] = "1"
    session.run("python", "tests/story/story.py", out)


@nox.session
def tests(session: nox.Session) -> None:
    """The fast tests, in a few minutes; arguments go to pytest."""
    run_tests(session, "not slow")


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that start processes, build wheels or train for longer; arguments go to pytest."""
    run_tests(session, "slow")


def run_tests(session: nox.Session, markers: str) -> None:
    """Runs the tests with these markers, two at a time."""
    install_tree(session, *group("test"))
    arguments = session.posargs or ["-n", "2", "--dist", "loadfile", "-m", markers]
    session.run("pytest", *arguments, env={"OMP_NUM_THREADS": "1"})


@nox.session
def authors(session: nox.Session) -> None:
    """Plugins of other authors, from `new` to `uninstall`, outside the repository.

    Then what `new` writes for every kind, untouched, through every command. What is typed and
    printed goes to docs/examples/transcript, and into the pages. Arguments choose scenes.
    """
    install_tree(session, *group("test"))
    session.run("python", "tests/authors/story.py", "docs/examples", *session.posargs)
    session.run("python", "docs/included.py")


@nox.session(venv_backend="none")
def pages(session: nox.Session) -> None:
    """Puts the files that pages name into them, as text; a test says when to."""
    session.run("python", "docs/included.py", *session.posargs)
    session.run("python", "docs/python_page.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting and static checks; `nox -s lint -- fix` mends what it can."""
    session.install(*group("lint"))
    fix = "fix" in session.posargs
    session.run("ruff", "check", *(["--fix"] if fix else []), ".")
    session.run("ruff", "format", *([] if fix else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict, on the core, on every plugin, and on what must be an error."""
    install_tree(session, *group("test"), *group("types"))
    packages = ["seqrec_core", *(p.name for folder in plugins() for p in folder.glob("seqrec*"))]
    session.run("mypy", "--strict", *(word for name in packages for word in ("--package", name)))
    session.run("mypy", "--strict", "tests/types")


@nox.session
def parity(session: nox.Session) -> None:
    """Compares every component with the reference and writes docs/reference/parity.md.

    The reference pins other versions than ours, so it computes in an environment of its own, and
    its next release, for what is new there, in another. It trains its models on a prepared data
    folder, if one is given, or else on synthetic data.
    """
    install_tree(session, *group("test"))
    folder = Path(session.create_tmp())
    cases = str(folder / "cases")
    python = peer_python(session, folder / "reference", REFERENCE)
    one = {"OMP_NUM_THREADS": "1", "PARITY_CASES": cases}
    answer = (python, "-W", "ignore")
    session.run("rm", "-rf", cases, external=True)
    session.run(*answer, "tests/parity/peer", cases, env=one, external=True, silent=True)
    newer = (peer_python(session, folder / "newer", NEWER_REFERENCE), "-W", "ignore")
    session.run(*newer, "tests/parity/peer/newer.py", cases, env=one, external=True, silent=True)
    data, trained = f"{cases}/data", f"{cases}/trained"
    if session.posargs:
        session.run("cp", "-r", session.posargs[0], data, external=True)
    else:
        session.run("seqrec", "data", "synth", "--out", data)
    training = "tests/parity/peer/training.py"
    session.run(*answer, training, data, trained, env=one, external=True, silent=True)
    session.run("pytest", "tests/parity", "-o", "pythonpath=tests/parity", env=one)
    session.run("python", "tests/parity/report.py", cases, "docs/reference/parity.md")


@nox.session
def bench(session: nox.Session) -> None:
    """Measures beside the peers: a few rows, or with `-- full` all, and writes docs/performance.md.

    `full --rows NAME ...` measures some rows again and keeps the others; a quick run leaves its
    page in a temporary folder. `--data=FOLDER` says what `full` times an epoch on;
    `--peer-python=PATH` and `--rectools-python=PATH` take interpreters that have the peers, and
    install none.
    """
    install_tree(session, "matplotlib")
    folder, arguments = Path(session.create_tmp()), list(session.posargs)
    mode = "full" if "full" in arguments else "quick"
    peers = {"--peer-python": REFERENCE}
    if mode == "full":
        peers["--rectools-python"] = RECTOOLS
    for option, requirements in peers.items():
        if not any(word.startswith(option) for word in arguments):
            python = peer_python(session, folder / option.strip("-"), requirements)
            arguments.append(f"{option}={python}")
    results = str(folder / f"{mode}.json")
    session.run("python", "tests/benchmarks/run.py", results, *arguments)
    page = Path("docs") if mode == "full" else folder
    session.run("python", "tests/benchmarks/report.py", results, str(page))
    session.log(f"page: {page / 'performance.md'}")


def peer_python(session: nox.Session, folder: Path, requirements: list[str]) -> str:
    """The interpreter of a new environment with a peer, whose pins clash with ours."""
    session.run("python", "-m", "venv", str(folder))
    python = str(folder / "bin" / "python")
    session.run(python, "-m", "pip", "install", "-q", TORCH, *requirements, external=True)
    return python


REFERENCE = ["replay-rec[torch]==0.21.2", "psutil", "pytorch-optimizer>=3.8,<4"]
NEWER_REFERENCE = ["replay-rec[torch]==0.22.0", *REFERENCE[1:]]
RECTOOLS = ["rectools[torch]==0.19.0", "pyarrow<22"]


@nox.session
def scale(session: nox.Session) -> None:
    """The figures of docs/scale.md, in an hour; arguments choose scripts: `-- sharded_table`."""
    install_tree(session, *group("test"))
    for name in session.posargs or SCALE:
        session.run("python", f"tests/benchmarks/{name}.py", *SCALE[name])


SCALE = {
    "scoring_engines": (),
    "prepare_scale": ("--sizes", "20e6", "200e6", "--users", "4e6", "--items", "1e6"),
    "several_processes": (),
    "sharded_table": (),
    "object_store": (),
    "catalogue_sizes": (),
    "planned_rates": (),
}


@nox.session
def reference(session: nox.Session) -> None:
    """Writes the pages of docs/reference that follow from the code; a test says when to."""
    install_tree(session, *group("test"))
    session.run("python", "docs/reference/generate.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the documentation; a broken link or a missing file is an error."""
    session.install(*group("docs"))
    session.run("mkdocs", "build", "--strict", "--config-file", "docs/mkdocs.yml")


@nox.session
def attacks(session: nox.Session) -> None:
    """Tries to break the product, and writes docs/reliability.md; half an hour and more.

    Arguments choose attacks by the names of their scripts: `-- kills fuzz_specs`. One that fails
    does not end the others. The other rows of the page keep their figures.
    """
    folder = ROOT / "tests" / "attacks"
    scripts = folder.glob("*.py")
    names = {path.stem for path in scripts if path.read_text("utf-8").endswith("run(attack)\n")}
    if strange := set(session.posargs) - names:
        session.error(f"no attack is called {', '.join(strange)}; there are {sorted(names)}")
    install_tree(session, *group("test"))
    results = str(Path(session.create_tmp()).resolve())
    failed = []
    for name in sorted(session.posargs or names):
        try:
            session.run("python", str(folder / f"{name}.py"), results)
        except CommandFailed:
            failed.append(name)
    session.run("python", str(folder / "report.py"), results)
    if failed:
        session.error(f"something went wrong in {', '.join(failed)}; see docs/reliability.md")


@nox.session
def audit(session: nox.Session) -> None:
    """Looks for known vulnerabilities of what is installed; what came of it is on the same page."""
    session.notify("attacks", ["audit"])


@nox.session
def lock(session: nox.Session) -> None:
    """Writes the versions that the product runs with, all extras included; `story` takes them."""
    install_product(session, "all")
    frozen = str(session.run("pip", "freeze", "--exclude-editable", silent=True))
    lines = [line for line in frozen.splitlines() if "==" in line and "+" not in line]
    about = (
        "# pip install --constraint constraints.txt seqrec: versions that the tests passed with\n"
    )
    LOCKED.write_text(about + "\n".join(sorted(lines, key=str.lower)) + "\n")


@nox.session
def wheels(session: nox.Session) -> None:
    """Builds every wheel, installs each alone with what it declares, imports and builds all of it.

    Torch is shared, and for building what the conformance suites need. Arguments choose
    distributions by a part of their path: `-- loss/`.
    """
    session.install("flit_core>=3.11", "setuptools>=77")
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    house, torch, testing = (str(folder / name) for name in ("wheels", "torch", "testing"))
    session.env["SOURCE_DATE_EPOCH"] = last_change(session)
    make = ("pip", "wheel", "-q", "--no-build-isolation", "--wheel-dir", house)
    session.run(*make, "--no-deps", *map(str, [ROOT, *plugins()]))
    chosen = [p for p in plugins() if any(a in str(p) for a in session.posargs or [""])]
    names = [next(path.glob("seqrec*")).name for path in chosen]
    own = [
        str(next(folder.glob(f"wheels/{name}-*.whl"))) + ("" if name == "seqrec" else extras(path))
        for name, path in zip(names, chosen, strict=True)
    ]
    session.run(*make, "--find-links", house, TORCH, *TESTING, *own)
    offline = ("install", "-q", "--no-index", "--find-links", house, "--no-compile")
    session.run("pip", *offline, "--target", torch, TORCH)
    session.run("pip", *offline, "--target", testing, *TESTING)
    for name, wheel in zip(names, own, strict=True):
        alone = folder / "alone"
        session.run("python", "-m", "venv", "--without-pip", str(alone))
        python = str(alone / "bin" / "python")
        site = next(alone.glob("lib/python*/site-packages"))
        (site / "torch.pth").write_text(f"{torch}\n")
        session.run("pip", "--python", python, *offline, wheel)
        session.run(python, "tests/wheels/build_all.py", name, testing, external=True)
        shutil.rmtree(alone)


TESTING = ["seqrec-tool-conformance"]


def last_change(session: nox.Session) -> str:
    """When the tree last changed, in seconds: two builds of it are equal byte for byte."""
    log = ("git", "log", "-1", "--format=%ct")
    return str(session.run(*log, external=True, silent=True)).strip()


@nox.session(venv_backend="none")
def known(session: nox.Session) -> None:
    """Writes what the core knows of first-party plugins, from their pyproject files."""
    components: dict[str, dict[str, str]] = {}
    for path in plugins():
        project = project_of(path)
        for entry_group, points in project.get("entry-points", {}).items():
            kind = entry_group.removeprefix("seqrec.")
            if kind in ("commands", "presets") or kind not in RESERVED:
                components.setdefault(kind, {}).update(dict.fromkeys(points, project["name"]))
    tables = {"commands": components.pop("commands"), "components": components}
    target = ROOT / "seqrec_core" / "registry" / "known.json"
    target.write_text(json.dumps(tables, indent=2, sort_keys=True) + "\n")
    session.log(f"written to {target}")


RESERVED = (
    *("kinds", "hooks", "commands", "groups", "suites"),
    *("templates", "presets", "renames", "known", "migrations"),
)


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def minimums(session: nox.Session) -> None:
    """The fast tests with the lowest versions that the packages declare, on every Python here.

    Torch's own lowest is not tried: it is TORCH. Its wheel may be had for Python 3.11 only, so
    that later ones run what needs no torch: preparing data, and reading and writing specs.
    """
    session.install("flit_core==3.11", "packaging")
    lines = session.run("python", "tests/minimums/constraints.py", silent=True)
    lowest = Path(session.create_tmp()) / "lowest.txt"
    lowest.write_text(str(lines))
    paths = [str(ROOT), *(f"{path}{extras(path)}" for path in plugins())]
    local = [argument for path in paths for argument in ("-e", path)]
    run = ("pytest", "-W", "default", "-m", "not slow")  # old versions warn of newer ones
    if session.python == "3.11":
        constrained = ("--no-build-isolation", "--constraint", str(lowest), TORCH)
        session.install(*constrained, *group("test"), *local)
        session.run(*run, *session.posargs, env={"OMP_NUM_THREADS": "1"})
    else:
        names = [line for line in str(lines).split() if not line.startswith(NEED_TORCH)]
        session.install("--only-binary", ":all:", *names)
        session.install("--no-build-isolation", "--no-deps", *local)
        session.run(*run, *TORCH_FREE)


NEED_TORCH = ("lightning", "pyspark", "tensorboard")  # or another tool that only these use
TORCH_FREE = [
    "tests/minimums",
    "tests/core/reading",
    "tests/core/spec",
    "tests/plugins/tool/authoring",
    "tests/plugins/tool/prepare",
    "tests/e2e/test_torch_free_path.py",
]
