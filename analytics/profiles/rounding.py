"""Numbers as people say them: the roundest that still parts two values, or that is near enough."""

from __future__ import annotations

import math
from typing import Final

NEAR: Final = 0.04
"""How far from the best threshold a rounder one may lie, as a share of it."""


def exact_threshold(low: float, high: float) -> float:
    """The roundest t with low < t ≤ high: "at least t" and "below t" part the two as they are parted now."""
    between = roundest(low, high)
    return high if between is None else between


def human_threshold(low: float, high: float) -> float:
    """The roundest number between two values, or, where they are close together, near their middle."""
    middle = (low + high) / 2
    band = abs(middle) * NEAR
    choices = [found for found in (roundest(low, high), roundest(middle - band, middle + band)) if found is not None]
    return min(choices, key=digits, default=high)


def roundest(low: float, high: float) -> float | None:
    """The number in (low, high] with the fewest digits, of those the one nearest the middle; None where there is none."""
    if not low < high:
        return None
    if low < 0 <= high:
        return 0.0
    power = math.ceil(math.log10(max(abs(low), abs(high)))) + 1
    for exponent in range(power, power - 18, -1):
        for step in (5, 2, 1):
            found = _multiple_within(low, high, step, exponent)
            if found is not None:
                return found
    return high


def _multiple_within(low: float, high: float, step: int, exponent: int) -> float | None:
    """The multiple of step · 10^exponent in (low, high] that is nearest the middle; None where there is none."""
    size = step * 10.0**exponent
    first, last = math.floor(low / size) + 1, math.floor(high / size)
    if first > last:
        return None
    nearest = min(max(round((low + high) / 2 / size), first), last)
    # Divided by a power of ten rather than multiplied by its inverse, so that 3 tenths are 0.3
    found = nearest * step / 10**-exponent if exponent < 0 else float(nearest * step * 10**exponent)
    return found if low < found <= high else None


def digits(value: float) -> int:
    """Significant digits of a number as one writes it: 430 has two, 0.125 three."""
    told = f"{abs(value):.15g}"
    mantissa = told.split("e", maxsplit=1)[0].replace(".", "").lstrip("0")
    return len(mantissa.rstrip("0")) or 1
