"""The Plotly template, in the colours of assets/01-tokens.css, for light and for dark."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Mode = Literal["light", "dark"]
ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
SYMBOLS: Final = ("circle", "square", "diamond", "cross", "x", "circle-open", "square-open", "diamond-open")
"""Marker shapes that tell clusters apart without colour; those that three dimensions can draw."""


def mode_of(told: object) -> Mode:
    """What a browser says, or light."""
    return "dark" if told == "dark" else "light"


@cache
def tokens(mode: Mode) -> dict[str, str]:
    """Token name, without the dashes, → colour."""
    text = (ASSETS / "01-tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"(:root|\[data-bs-theme=\"dark\"\])\s*\{(.*?)\n\}", text, re.S)
    found: dict[str, str] = {}
    for selector, body in blocks:
        if selector == ":root" or mode == "dark":
            found |= dict(re.findall(r"--([a-z0-9-]+):\s*([^;]+);", body))
    return found


def segment_color(code: int, mode: Mode) -> str:
    """The colour of an RFM segment, counted from 0 for the best: the same on every tab."""
    return tokens(mode)[f"segment-{code % 11 + 1}"]


def cluster_color(code: int, mode: Mode) -> str:
    """The colour of a cluster, counted from 0."""
    return tokens(mode)[f"cluster-{code % 8 + 1}"]


def readable_on(color: str) -> str:
    """Black or white, whichever has more contrast on a `#rrggbb` colour (WCAG 2.2, relative luminance)."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def mixed(low: str, high: str, share: float) -> str:
    """The colour that lies at a share of the way from one `#rrggbb` to another."""
    parts = ((int(low[place : place + 2], 16), int(high[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in parts)


@cache
def template(mode: Mode) -> dict[str, Any]:
    """What every chart looks like."""
    of = tokens(mode)
    axis = {
        "gridcolor": of["grid"],
        "linecolor": of["line"],
        "zerolinecolor": of["line"],
        "tickcolor": of["line"],
        "automargin": True,
        "title": {"font": {"size": 12, "color": of["ink-3"]}, "standoff": 8},
        "tickfont": {"size": 12, "color": of["ink-2"]},
    }
    scene_axis = {
        "backgroundcolor": of["surface"],
        "gridcolor": of["line"],
        "zerolinecolor": of["line"],
        "color": of["ink-2"],
        "showbackground": True,
        "tickfont": {"size": 10},
    }
    return {
        "layout": {
            "font": {"family": FONT, "size": 13, "color": of["ink"]},
            "paper_bgcolor": of["surface"],
            "plot_bgcolor": of["surface"],
            "colorway": [of[f"cluster-{place}"] for place in range(1, 9)],
            "margin": {"l": 8, "r": 12, "t": 10, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": of["ink"],
                "bordercolor": of["ink"],
                "font": {"color": of["surface"], "family": FONT, "size": 12},
                "align": "left",
            },
            "legend": {"font": {"size": 12, "color": of["ink-2"]}, "bgcolor": "rgba(0,0,0,0)"},
            "scene": {"xaxis": scene_axis, "yaxis": scene_axis, "zaxis": scene_axis, "bgcolor": of["surface"]},
            "colorscale": {"sequential": [[0, of["heat-low"]], [1, of["heat-high"]]]},
            "dragmode": False,
        }
    }
