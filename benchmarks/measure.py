"""Timing: two things in turn, so that a machine that slows down slows both; the median of their ratios is what counts."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "out"


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: what was measured, in which unit, and the most or least that it may be."""

    name: str
    measured: float
    unit: str
    most: float | None = None
    least: float | None = None
    remark: str = ""

    @property
    def holds(self) -> bool:
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], object], runs: int = 5) -> float:
    """The median of several calls, after one that warms up."""
    work()
    return statistics.median(seconds(work) for _ in range(runs))


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], runs: int = 5, *, warm: bool = True
) -> tuple[float, float, float]:
    """Median seconds of ours and of theirs, run in turn, and the median of the ratios pair by pair."""
    if warm:
        ours()
        theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    ratio = statistics.median(one / other for one, other in pairs)
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs), ratio


def in_process(module: str, function: str, *arguments: str) -> dict[str, Any]:
    """Call a function in a process of its own: its seconds and the process's peak memory in MB."""
    code = (
        "import importlib, json, re, sys, time\n"
        "work = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])\n"
        "start = time.perf_counter(); work(*sys.argv[3:]); took = time.perf_counter() - start\n"
        # Not getrusage: it counts the process that this one was started from
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024\n"
        "print(json.dumps({'seconds': took, 'peak_mb': peak}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, module, function, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def show(lines: list[Line]) -> bool:
    """Print what was measured beside what was promised; whether all of it holds."""
    for line in lines:
        limit = f"≤ {line.most:g}" if line.most is not None else f"≥ {line.least:g}" if line.least is not None else ""
        verdict = "holds" if line.holds else "DOES NOT HOLD"
        bound = f"{limit:>8}  {verdict:<13}" if limit else " " * 23
        print(f"  {line.name:<62}{line.measured:>9.2f} {line.unit:<3}{bound}  {line.remark}", flush=True)
    return all(line.holds for line in lines)
