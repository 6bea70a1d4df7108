"""The offline Vega bundle and the script module, as text for a page.

The bundle comes from the scripts inside vl-convert, so nothing is ever fetched. Making it takes more
than a second; it is therefore kept, gzipped, in the user's cache folder under a name that holds the
version of vl-convert and the request that made it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sys
import tempfile
import threading
import zlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "cache_folder",
    "kept_gz",
    "page_json",
    "page_scripts",
    "runtime_gz",
    "runtime_js",
    "runtime_key",
    "static_js",
    "write_kept",
]

_HERE = Path(__file__).parent
_EXPORTS = "// ---------------------------------------------------------------- exports\n"
_lock = threading.Lock()


@cache
def runtime_key() -> str:
    """Name of the bundle: two notebooks in one page share it when this is equal."""
    return f"vega-{version('vl-convert-python')}"


def cache_folder() -> Path:
    """Folder for files that can be made again (`AITRACKER_CACHE_DIR` overrides the system's own)."""
    if chosen := os.environ.get("AITRACKER_CACHE_DIR"):
        return Path(chosen).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "aitracker"


def runtime_gz() -> bytes:
    """Give the Vega bundle, gzipped, from memory, from the cache folder or newly made."""
    with _lock:
        return _bundle()


def runtime_js() -> str:
    """Give the Vega bundle: a script that puts Vega and Vega-Lite on the page under `runtime_key`."""
    return gzip.decompress(runtime_gz()).decode()


def static_js() -> str:
    """Give the script module as a plain script that defines `aitrackerView` (`boot`, `Frame`)."""
    text, mark, _ = (_HERE / "view.js").read_text(encoding="utf-8").partition(_EXPORTS)
    if not mark:
        msg = "view.js has lost the line that marks its exports"
        raise RuntimeError(msg)
    return _scoped(text + "globalThis.aitrackerView = Object.freeze({ boot, Frame, loadRuntime });\n")


def page_scripts() -> str:
    """Give the one script of a static page, safe between `<script>` and `</script>`."""
    text = _scoped(runtime_js()) + static_js()
    # Only these three sequences change how HTML reads a script; the first cannot occur outside a
    # string, a pattern or a comment, where the backslash has no effect.
    text = re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE)
    if "<!--" in text or re.search(r"<script", text, flags=re.IGNORECASE):
        msg = "the script holds text that a page would not read as script"
        raise RuntimeError(msg)
    return text


def page_json(value: object) -> str:
    """Write a value as JSON that is safe inside a `<script type="application/json">` element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _scoped(text: str) -> str:
    """Keep a module's own names from leaking into a page, and keep it strict as modules are."""
    return f'(() => {{"use strict";\n{text}\n}})();\n'


def _snippet(embed: str) -> str:
    """Write the script to be bundled: it puts the two libraries on the page.

    The names `vega` and `vegaLite` that vl-convert documents are null in its bundles (1.9.0), because these
    modules have no default export. Vega-Embed, whose exact version is known, exports both.
    """
    page = "(globalThis.__aitracker_vega__ ??= { loads: 0, ready: {}, bundles: {} })"
    return (
        f'import {{ vega as aiVega, vegaLite as aiVegaLite }} from "/npm/vega-embed@{embed}/+esm";\n'
        f"{page}.bundles[{json.dumps(runtime_key())}] = {{ vega: aiVega, vegaLite: aiVegaLite }};"
    )


@cache
def _bundle() -> bytes:
    def make() -> str:
        import vl_convert

        return vl_convert.javascript_bundle(_snippet(vl_convert.get_vega_embed_version()))

    # The name holds this file's own text too: it says how the bundle is made.
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    return kept_gz(f"{runtime_key()}-{digest}.js.gz", make)


def kept_gz(name: str, make: Callable[[], str]) -> bytes:
    """Give a text, gzipped, from a file of the cache folder; made where that is missing or damaged."""
    path = cache_folder() / name
    try:
        kept = path.read_bytes()
        gzip.decompress(kept)  # its checksum tells a damaged file
    except (OSError, EOFError, zlib.error):
        kept = gzip.compress(make().encode(), mtime=0)
        write_kept(path, kept)
    return kept


def write_kept(path: Path, content: bytes) -> None:
    """Write a cache file whole or not at all; a folder that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            part.write(content)
        try:
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
    except OSError:
        return
