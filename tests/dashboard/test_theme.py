"""Colours: every one that a chart asks for is there in light and in dark, and can be told apart and read."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path
from typing import get_args

import pytest

from dashboard import theme
from dashboard.theme import Mode, cluster_color, mode_of, readable_on, segment_color, tokens

MODES: tuple[Mode, ...] = get_args(Mode)
DASHBOARD = Path(theme.__file__).parent
HEX = re.compile(r"#[0-9a-f]{6}")


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def asked_for() -> set[str]:
    """The tokens that Python asks for by a written name: `of["ink"]`, `tokens(mode)["accent"]`."""
    found = set()
    for file in DASHBOARD.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                holder = ast.unparse(node.value)
                if holder == "of" or holder.startswith("tokens("):
                    found.add(str(node.slice.value))
    return found


def test_the_search_for_tokens_finds_some() -> None:
    """The test below looks at what charts really ask for."""
    assert {"ink", "accent", "surface", "line"} <= asked_for()


@pytest.mark.parametrize("mode", MODES)
def test_every_token_that_charts_use_is_a_colour(mode: Mode) -> None:
    """No chart can ask for a colour that the style sheet lacks, in light or in dark."""
    known = tokens(mode)
    for name in asked_for():
        assert HEX.fullmatch(known[name]), name
    theme.template(mode)


@pytest.mark.parametrize("variable", ["--[a-z0-9-]+"])
def test_every_variable_in_the_style_sheets_is_defined(variable: str) -> None:
    """No rule of ours refers to a colour or size that nobody has set."""
    sheets = "".join(file.read_text(encoding="utf-8") for file in sorted(theme.ASSETS.glob("*.css")))
    used = set(re.findall(rf"var\(({variable})", sheets))
    defined = set(re.findall(rf"({variable})\s*:", sheets))
    assert used
    assert used <= defined


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("color", "count"), [(segment_color, 11), (cluster_color, 8)], ids=["segments", "clusters"])
def test_colours_differ(color: object, count: int, mode: Mode) -> None:
    """No two segments and no two clusters share a colour."""
    colors = [color(code, mode) for code in range(count)]
    assert all(HEX.fullmatch(item) for item in colors)
    assert len(set(colors)) == count
    nearest = min(distance(one, other) for one, other in itertools.combinations(colors, 2))
    assert nearest > 40  # of 442 between black and white; two tiles of one name differ by 0


def distance(one: str, other: str) -> float:
    """Distance of two colours in red, green and blue."""
    return sum((int(one[p : p + 2], 16) - int(other[p : p + 2], 16)) ** 2 for p in (1, 3, 5)) ** 0.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("code", range(11))
def test_a_name_on_its_segment_can_be_read(code: int, mode: Mode) -> None:
    """Black or white on a segment's tile has the contrast that WCAG AA asks of text."""
    color = segment_color(code, mode)
    assert contrast(readable_on(color), color) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "surface"),
        ("ink-2", "surface"),
        ("ink-3", "surface"),
        ("ink", "canvas"),
        ("ink-3", "canvas"),
        ("accent", "surface"),
        ("accent-ink", "accent"),
        ("accent", "accent-soft"),
        ("good", "surface"),
        ("bad", "surface"),
        ("ink", "accent-soft"),
        ("ink", "warn-soft"),
        ("ink", "bad-soft"),
    ],
)
def test_text_can_be_read(ink: str, paper: str, mode: Mode) -> None:
    """Every ink on every paper that it is used on has the contrast that WCAG AA asks of text."""
    known = tokens(mode)
    assert contrast(known[ink], known[paper]) >= 4.5


@pytest.mark.parametrize("told", [None, 1, "", "DARK", [], "light"])
def test_whatever_a_browser_says_is_a_mode(told: object) -> None:
    """Only `dark` is dark."""
    assert mode_of(told) == "light"
    assert mode_of("dark") == "dark"
