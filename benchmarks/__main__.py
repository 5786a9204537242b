"""`python -m benchmarks [NAME …]`: measure, and say for each promise whether it holds here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

from benchmarks import behaviour, behaviour_screen, cohorts, funnels, importing, paths, rows, screen, shop
from benchmarks.measure import Line, show

BENCHMARKS: dict[str, tuple[str, Callable[[], list[Line]]]] = {
    "rows": ("Rows to customers", rows.run),
    "cohorts": ("Cohorts", cohorts.run),
    "importing": ("Import", importing.run),
    "start": ("Start", screen.start),
    "screen": ("The screen, 1,000,000 customers", screen.run),
    "behaviour": ("Sessions of 50,000,000 clicks", behaviour.run),
    "paths": ("Paths of 50,000,000 clicks", paths.run),
    "funnels": ("A funnel of 50,000,000 clicks", funnels.run),
    "behaviour-screen": ("The Behaviour tab, 1,000,000 visits", behaviour_screen.run),
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark '{unknown[0]}'. There is {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    warnings.filterwarnings("ignore", message=".*(future.infer_string|fetch_arrow_table).*")
    shop.prepare()
    all_hold = True
    for name in names or BENCHMARKS:
        title, work = BENCHMARKS[name]
        print(title, flush=True)
        all_hold &= show(work())
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
