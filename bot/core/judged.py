"""What votes say about a rule: its precision, with how sure that is."""

from __future__ import annotations

import math

_Z = 1.96  #: standard deviations: the interval holds the truth 19 times of 20


def wilson(useful: int, votes: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; it is fit for few votes, and for none."""
    if not votes:
        return 0.0, 1.0
    share, square = useful / votes, _Z * _Z
    middle = share + square / (2 * votes)
    spread = _Z * math.sqrt(share * (1 - share) / votes + square / (4 * votes * votes))
    whole = 1 + square / votes
    low = (middle - spread) / whole if useful else 0.0  # not a hair beside it, as floats go
    high = (middle + spread) / whole if useful < votes else 1.0
    return low, high
