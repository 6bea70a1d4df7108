"""Draw the pictures of the README from the data, as they stand in the charts: ``make pictures``."""

from __future__ import annotations

from pathlib import Path

import vl_convert

import aitracker as ait
from aitracker.provenance.claims import source_names

OUT = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Write ``docs/funding.png``."""
    ds = ait.load()
    frame = ait.funding_flows(ds, by="investor_type", every="1y", waves=["genai"])
    sources = source_names(ds, ds.rounds["source_id"])
    chart = ait.charts.funding_flows(frame, sources=sources, version=ds.version, every="1y", width=760)
    OUT.mkdir(exist_ok=True)
    spec = chart.to_dict()
    spec["background"] = "white"  # the picture also stands on dark pages
    (OUT / "funding.png").write_bytes(vl_convert.vegalite_to_png(spec, scale=2))
    print(f"wrote {OUT.name}/funding.png")


if __name__ == "__main__":
    main()
