"""What people install: the wheel, the two lists of dependencies, the import, and the text of the repository."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

CONDA_NAMES = {"duckdb": "python-duckdb", "jupyter-server": "jupyter_server"}
"""Packages that conda-forge calls otherwise."""

IMPORT_NAMES = {"IPython": "ipython", "jupyter_server": "jupyter-server", "vl_convert": "vl-convert-python"}
"""Modules that are called otherwise than the package that brings them."""

LATE = ("altair", "anywidget", "ipywidgets", "IPython", "jinja2", "jupyterlab", "mistune", "scipy", "vl_convert")
"""Modules that `import aitracker` must leave alone: each costs more than the library itself."""


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def split(requirement: str) -> tuple[str, str]:
    name, bounds = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
    return name, bounds


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, "--wheel-dir", folder, ROOT, cwd=folder)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Command of the wheel in an environment of its own, which borrows only the dependencies of the running one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, but its own .pth files are not read: the editable install stays out.
    own = Path(__import__("polars").__file__).parent.parent
    (site / "dependencies.pth").write_text(f"{own}\n", encoding="utf-8")
    return folder / "bin" / "aitracker"


def test_conda_environment_names_the_same_packages_and_bounds() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = dict(split(item) for item in re.findall(r"^ +- ([\w.-]+[<>=][^#\n]*?) *(?:#.*)?$", text, re.MULTILINE))
    wanted = {CONDA_NAMES.get(name, name): bounds for name, bounds in map(split, PROJECT["dependencies"])}
    assert listed == {**wanted, "python": PROJECT["requires-python"]}


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    extras = [item for group in PROJECT["optional-dependencies"].values() for item in group]
    for requirement in PROJECT["dependencies"] + extras:
        assert re.fullmatch(r"[\w.-]+>=[\d.]+,<[\d.]+", requirement), requirement


def test_constraints_are_names_and_versions_of_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pins)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins}
    wanted = {split(item)[0] for item in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]}
    assert wanted <= pinned


def test_the_package_imports_what_it_declares_and_nothing_else() -> None:
    declared = {split(item)[0] for item in PROJECT["dependencies"]}
    imported: dict[str, str] = {}
    for file in (ROOT / "aitracker").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for top in {name.split(".")[0] for name in names} - {"aitracker"} - sys.stdlib_module_names:
                imported[IMPORT_NAMES.get(top, top)] = str(file.relative_to(ROOT))
    assert {name: file for name, file in imported.items() if name not in declared} == {}
    assert declared - set(imported) == set()


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [PROJECT["version"]]
    assert f"\n## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = {
        path.relative_to(ROOT).as_posix()
        for folder in ("aitracker", "data", "notebooks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }
    made = {name for name in tracked if re.search(r"\.duckdb|\.tmp$", name)}
    homes = {"data/": "aitracker/_data/", "notebooks/": "aitracker/_notebooks/"}
    expected = {re.sub(r"^(data|notebooks)/", lambda m: homes[m[0]], name) for name in tracked - made}
    assert {name for name in names if ".dist-info/" not in name} == expected
    for pattern in (r"_data/\w+\.csv", r"_data/schema\.sql", r"_notebooks/.+\.ipynb", r"\w+\.sql", r"view/.+\.js"):
        assert any(re.fullmatch(rf"aitracker/{pattern}", name) for name in names), pattern
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_installed_wheel_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, "info", cwd=tmp_path, HOME=str(tmp_path)).stdout
    assert re.search(rf"^aitracker +{re.escape(PROJECT['version'])}$", shown, re.MULTILINE)
    assert re.search(r"^rounds +[1-9]\d*", shown, re.MULTILINE)
    assert "NOTEBOOK" in run(installed, "report", "--help", cwd=tmp_path).stdout
    assert run(installed, "--version", cwd=tmp_path).stdout.split() == ["aitracker", PROJECT["version"]]
    where = "import aitracker.paths as p; print(p.is_checkout(), p.data_dir())"
    kind, _, folder = run(installed.parent / "python", "-c", where, cwd=tmp_path).stdout.partition(" ")
    assert kind == "False"
    assert Path(folder.strip()).is_relative_to(installed.parent.parent)


def test_import_leaves_the_heavy_modules_alone() -> None:
    code = f"import sys, aitracker; print([name for name in {LATE} if name in sys.modules])"
    assert run(sys.executable, "-c", code, cwd=ROOT).stdout.strip() == "[]"


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of its files")
    hosts = ("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)", "anaconda" + r"\.(org|com)")
    hosts += ("deb\\.debian" + r"\.org", r"https?://\S+\.(whl|deb)\b", r"https?://\S*/simple/")
    # A path starts a word; the same letters inside an address are not one.
    paths = r"(?<![\w.:/%=-])/(root|home|work|tmp|opt|Users|private)/\w"
    forbidden = re.compile("|".join((*hosts, paths)))
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file == Path(__file__) or not file.is_file() or file.suffix in {".png", ".woff2"}:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            found += [f"{name}:{number}: {hit[0]}" for hit in forbidden.finditer(line)]
    assert found == []
