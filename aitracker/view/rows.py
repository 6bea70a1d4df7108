"""Rows that any JSON reader takes: from a frame, or from records, to a list of plain dictionaries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Json", "Rows", "framed", "plain", "to_rows"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Rows: TypeAlias = "list[dict[str, Json]]"

_AS_IS = frozenset({str, int, bool, type(None)})
_ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"


def to_rows(data: object) -> Rows:
    """Turn a Polars frame, a pandas frame or records into JSON-safe rows.

    Missing, NaN and infinite numbers become null; dates and times become ISO text in UTC, for a browser
    reads a time without a zone as local; decimals become floats.
    """
    if data is None:
        return []
    if type(data).__module__.startswith("polars"):
        import polars as pl

        if isinstance(data, pl.LazyFrame):
            return _from_polars(data.collect())
        if isinstance(data, pl.DataFrame):
            return _from_polars(data)
    elif callable(records := getattr(data, "to_dict", None)):  # a pandas frame
        data = records("records")
    if isinstance(data, Mapping | str) or not isinstance(data, Iterable):
        msg = f"data must be a frame or a list of records, not {type(data).__name__}"
        raise TypeError(msg)
    rows: Rows = []
    for record in data:
        if not isinstance(record, Mapping):
            msg = f"each record must be a mapping of column to value, not {type(record).__name__}"
            raise TypeError(msg)
        rows.append({str(key): plain(value) for key, value in record.items()})
    return rows


def framed(data: object) -> pl.DataFrame:
    """Give a Polars frame of one's own: of a Polars or pandas frame, or of records; ValueError for anything else."""
    import polars as pl

    if isinstance(data, pl.DataFrame):
        return data.clone()
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if type(data).__module__.startswith("pandas") and callable(records := getattr(data, "to_dict", None)):
        data = records("records")
    if isinstance(data, list) and all(isinstance(record, Mapping) for record in data):
        return pl.DataFrame(data, infer_schema_length=None)
    message = f"a frame is asked for, of Polars or pandas, or a list of records, not {type(data).__name__}"
    raise ValueError(message)


def plain(value: object) -> Json:
    """Turn one value into its JSON-safe form."""
    if type(value) in _AS_IS or (isinstance(value, (bool, int, str)) and not isinstance(value, Enum)):
        return value  # type: ignore[return-value]  # one of these
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    return _scalar(value)


def _scalar(value: object) -> Json:
    result: Json
    if isinstance(value, Enum):
        result = plain(value.value)
    elif isinstance(value, Decimal):
        result = float(value) if value.is_finite() else None
    elif type(value).__name__ in {"NaTType", "NAType"}:  # pandas' own nulls
        result = None
    elif isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        result = f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"
    elif isinstance(value, date):
        result = f"{value.isoformat()}T00:00:00Z"
    elif isinstance(value, timedelta):
        result = value.total_seconds()
    elif isinstance(value, time):
        result = value.isoformat()
    elif callable(tolist := getattr(value, "tolist", None)):  # NumPy's numbers and arrays
        result = plain(tolist())
    else:
        msg = f"a chart cannot show a value of type {type(value).__name__}"
        raise TypeError(msg)
    return result


def _from_polars(frame: pl.DataFrame) -> Rows:
    """Convert by column where Polars can, which is many times faster than value by value."""
    import polars as pl

    columns: list[pl.Expr] = []
    nested: list[str] = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind.is_float():
            column = pl.when(column.is_finite()).then(column)
        elif kind.is_decimal():
            column = column.cast(pl.Float64)
        elif kind == pl.Date:
            column = column.dt.to_string("%Y-%m-%dT00:00:00Z")
        elif isinstance(kind, pl.Datetime):
            column = (column.dt.convert_time_zone("UTC") if kind.time_zone else column).dt.to_string(_ISO)
        elif isinstance(kind, pl.Enum | pl.Categorical):
            column = column.cast(pl.String)
        elif not (kind.is_integer() or kind in (pl.String, pl.Boolean)):
            nested.append(name)
        columns.append(column.alias(name))
    rows: Rows = frame.select(columns).to_dicts()
    for row in rows if nested else ():
        for name in nested:
            row[name] = plain(row[name])
    return rows
