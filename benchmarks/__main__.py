"""`python -m benchmarks [NAME …]`: measure, and say for each promise whether it holds here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

from benchmarks import (
    behaviour,
    behaviour_screen,
    cohorts,
    density,
    funnels,
    hierarchical,
    importing,
    kmeans,
    models,
    paths,
    profiles,
    rows,
    scoring,
    screen,
    shop,
)
from benchmarks.measure import Line, show

BENCHMARKS: dict[str, tuple[str, Callable[[], list[Line]]]] = {
    "rows": ("Rows to customers", rows.run),
    "cohorts": ("Cohorts", cohorts.run),
    "importing": ("Import", importing.run),
    "start": ("Start", screen.start),
    "screen": ("The screen, 1,000,000 customers", screen.run),
    "profiles": ("Profiles of 1,000,000 customers", profiles.run),
    "behaviour": ("Sessions of 50,000,000 clicks", behaviour.run),
    "paths": ("Paths of 50,000,000 clicks", paths.run),
    "funnels": ("A funnel of 50,000,000 clicks", funnels.run),
    "kmeans": ("K-Means of 1,000,000 customers", kmeans.run),
    "choose-k": ("How many groups: the whole panel", kmeans.panel),
    "density": ("Crowds: HDBSCAN and DBSCAN", density.run),
    "hierarchical": ("Hierarchical clustering, 8 metrics", hierarchical.run),
    "models": ("Six models compared, 12,330 visits", models.run),
    "scoring": ("Scoring: a million rows, and one form", scoring.run),
    "behaviour-screen": ("The Behaviour tab, 1,000,000 visits", behaviour_screen.run),
}
_MADE_UP = ("profiles", "kmeans", "choose-k", "density", "hierarchical", "models", "scoring")
"""Those that draw their own customers: the shop, which takes minutes to make, is not made for them."""


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark '{unknown[0]}'. There is {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    warnings.filterwarnings("ignore", message=".*(future.infer_string|fetch_arrow_table).*")
    if not names or set(names) - set(_MADE_UP):
        shop.prepare()
    all_hold = True
    for name in names or BENCHMARKS:
        title, work = BENCHMARKS[name]
        print(title, flush=True)
        all_hold &= show(work())
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
