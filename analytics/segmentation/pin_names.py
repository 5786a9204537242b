"""Names of kept segmentations: which they may bear, and the columns that they become."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from analytics import clusters
from analytics.errors import RequestError
from analytics.schema import PINNED
from analytics.text import is_sound, say

LONGEST_NAME: Final = 40
EVERYONE_ELSE: Final = "Everyone else"
OUTSIDE: Final = "In no group"


def slug(name: str) -> str:
    """The name as a column has it: small letters, digits and underscores."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    told = re.sub(r"\W+", "_", plain.casefold()).strip("_")
    return told or hashlib.sha256(name.encode()).hexdigest()[:8]


def column_named(name: str) -> str:
    """The column of a pin of that name."""
    return f"{PINNED}{slug(name)}"


def check_pin_name(name: str) -> str:
    """The name, without blanks around it, if a kept segmentation may bear it.

    Raises:
        RequestError: it may not.
    """
    told = " ".join(name.split())
    if not 1 <= len(told) <= LONGEST_NAME:
        raise RequestError(say("A kept segmentation needs a name of 1 to {n} letters.", n=LONGEST_NAME))
    if ":" in told or not is_sound(told) or not told.isprintable():
        raise RequestError(
            say(
                "'{name}' cannot be a kept segmentation's name. Use letters, digits and blanks, and no colon.",
                name=told,
            )
        )
    taken = ("rfm", *(known.name for known in clusters.ALGORITHMS), EVERYONE_ELSE.casefold(), OUTSIDE.casefold())
    if told.casefold() in taken:
        raise RequestError(say("'{name}' means something else already. Choose another name.", name=told))
    return told
