"""Altair, imported the quick way: the first import of the charts.

In an environment with JupyterLab, Altair's jsonschema imports a parser of web addresses that takes three quarters of the
whole import and only serves a format that no chart uses. Hidden for that moment, it is not looked for.
"""

import sys

_NAME = "rfc3987_syntax"
_hidden = _NAME not in sys.modules
if _hidden:
    sys.modules[_NAME] = None  # type: ignore[assignment]
try:
    import altair as alt
finally:
    if _hidden:
        del sys.modules[_NAME]

__all__ = ["alt"]
