"""A real JupyterLab and a real Chromium for tests and benchmarks, with the network out of reach."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RUN_ALL = "notebook:run-all-cells"
RESTART_AND_RUN_ALL = "notebook:restart-run-all"


def launch(playwright: Playwright, chromium: str) -> Browser:
    """Start a headless Chromium."""
    return playwright.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))


def offline(context: BrowserContext) -> list[str]:
    """Refuse every request that leaves this machine; give the list in which they are noted."""
    refused: list[str] = []

    def guard(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    context.route("**/*", guard)
    return refused


@contextmanager
def jupyter_lab(folder: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run JupyterLab on `folder/notebooks` with a home of its own; give its address.

    Parameters
    ----------
    folder
        Empty folder for notebooks, settings and logs.
    environment
        Variables for the server and its kernels, beside this process's own.
    """
    notebooks = folder / "notebooks"
    settings = folder / "settings"
    notebooks.mkdir(parents=True, exist_ok=True)
    apputils = settings / "@jupyterlab" / "apputils-extension"
    apputils.mkdir(parents=True)
    # Both would ask the network, the second by a dialog that covers the notebook.
    (apputils / "notification.jupyterlab-settings").write_text('{"checkForUpdates": false, "fetchNews": "false"}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    env = {
        **os.environ,
        **{name: str(folder / place) for name, place in places.items()},
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        **(environment or {}),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=50", "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={notebooks}",
        # As `aitracker lab` starts it.
        "--ServerApp.kernel_websocket_connection_class=aitracker.lab_socket.PromptSocket",
    ]  # fmt: skip
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield _address(server, folder)
        finally:
            _end(server)


def _address(server: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        for file in (folder / "runtime").glob("jpserver-*.json"):
            try:
                url = str(json.loads(file.read_text())["url"])
                with socket.create_connection(("127.0.0.1", urlsplit(url).port or 80), timeout=1):
                    return url.replace("localhost", "127.0.0.1").rstrip("/")
            except (OSError, ValueError):
                continue
        time.sleep(0.1)
    msg = f"JupyterLab did not start:\n{(folder / 'lab.log').read_text(errors='replace')[-3000:]}"
    raise RuntimeError(msg)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Stop the server, which ends its kernels; if it does not, stop the whole group that it leads."""
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def write_notebook(path: Path, cells: list[str]) -> Path:
    """Write code cells as a notebook without outputs."""
    body = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
        for i, cell in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": body, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def open_notebook(page: Page, address: str, name: str) -> None:
    """Open a notebook in a fresh workspace and wait until its kernel is ready."""
    page.goto(f"{address}/lab/tree/{quote(name)}?reset", wait_until="domcontentloaded")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=60_000)
    wait_kernel(page)


def open_beside(page: Page, name: str) -> None:
    """Open one more notebook in the Lab that the page already shows."""
    page.evaluate("(path) => window.jupyterapp.commands.execute('docmanager:open', {path})", name)
    page.wait_for_function(
        "(path) => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=name, timeout=30_000
    )
    wait_kernel(page)


def wait_kernel(page: Page) -> None:
    """Wait until the kernel of the notebook in front is idle."""
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )


def command(page: Page, name: str) -> None:
    """Run one of Lab's own commands, by the name that its menus use, without waiting for its end."""
    page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)


def run_all(page: Page) -> None:
    """Run all cells of the notebook in front."""
    command(page, RUN_ALL)


def drawn(page: Page, index: int = 0) -> int:
    """How often the chart with this number (0 is the first on the page) was drawn."""
    return int(page.locator(".aitracker-view").nth(index).get_attribute("data-drawn") or 0)


def wait_drawn(page: Page, more_than: int = 0, index: int = 0, timeout: float = 60_000) -> int:
    """Wait until a chart was drawn more than so many times; give the count."""
    page.wait_for_function(
        "([n, i]) => Number(document.querySelectorAll('.aitracker-view')[i]?.dataset.drawn ?? 0) > n",
        arg=[more_than, index],
        timeout=timeout,
    )
    return drawn(page, index)


def runtime_loads(page: Page) -> int:
    """How often this page loaded the drawing library."""
    return int(page.evaluate("() => globalThis.__aitracker_vega__?.loads ?? 0"))
