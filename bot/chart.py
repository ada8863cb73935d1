"""The picture of a digest: entries per day of each rule against what is usual, as a PNG."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from bot.core.render import DigestBar
from bot.core.render.markup import MONTHS, clean, fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

MEAN_DAYS = 14  #: what is usual, is taken from these many days

_INCHES, _DPI = (10, 4.2), 200  #: 1000 × 420 at twice the density; Slack shows about half of it
_SIZE = 15  #: of letters, so that they can be read there
_MOST_RULES = 6
_TOP, _ROW = 0.92, 0.108  #: of the table: its first line, and from one to the next
_LONGEST = 60  #: characters of a name that are looked at
_HUGE = 10**8  #: beyond it a count is cut
_RIGHT_TO_LEFT = ("R", "AL")  #: such letters would stand in the wrong order
#: Okabe and Ito's colours, which colour-blind people can tell apart; grey for the rest.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#9AA0A6")
_INK, _FAINT, _LAST = "#1D1C1D", "#DDDDDD", "#F3F1EC"
_DASHED: dict[str, Any] = {"color": _INK, "linewidth": 2, "linestyle": (0, (3.2, 2))}

Align = Literal["left", "right"]

_drawing = threading.Lock()  # fonts and their caches are shared by all figures


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart, and what it shows in words."""

    png: bytes
    alt: str


def warm_up() -> None:
    """Load what drawing takes, in the background: the first time costs seconds."""
    threading.Thread(target=_load, name="chart", daemon=True).start()


def draw(
    bars: Sequence[DigestBar], *, until: datetime, zone: tzinfo | None = None
) -> Picture | None:
    """Return the chart of these rules, the busiest one first; None if nothing happened.

    Args:
        bars: entries per 24 h of each rule, oldest first, all of one length.
        until: where the last 24 h end.
        zone: of the dates shown; UTC if not given.
    """
    bars = [bar for bar in bars if any(bar.counts)]
    if not bars:
        return None
    shown = _shown(bars)
    with _drawing:
        png = _drawn(shown, until.astimezone(zone or UTC))
    return Picture(png, _in_words(shown))


def _shown(bars: Sequence[DigestBar]) -> list[DigestBar]:
    """Return the busiest rules, and what the rest comes to."""
    first, rest = list(bars[:_MOST_RULES]), bars[_MOST_RULES:]
    if not rest:
        return first
    counts = tuple(map(sum, zip(*(bar.counts for bar in rest), strict=True)))
    return [*first, DigestBar(label=f"{len(rest)} more rules", counts=counts)]


def _mean(counts: Sequence[int]) -> float:
    """Return what is usual for a day."""
    return sum(counts[-MEAN_DAYS:]) / MEAN_DAYS


def _in_words(bars: Sequence[DigestBar]) -> str:
    """Return the chart for those who can't see it."""
    told = [
        f"{fit(clean(bar.label), 60)}: {bar.counts[-1]:,} in the last 24 h, usually"
        f" {_short(_mean(bar.counts))}, {sum(bar.counts):,} in all"
        for bar in bars
    ]
    return f"Entries per day over {len(bars[0].counts)} days. " + "; ".join(told) + "."


def _short(number: float) -> str:
    """Return `0.4`, `7`, `1,204`, `12k`, `3.1M`."""
    if isinstance(number, float) and number < 10:
        return f"{number:.1f}"
    if number < 10_000:
        return f"{number:,.0f}"
    return f"{number / 1000:,.0f}k" if number < 1_000_000 else f"{number / 1_000_000:,.1f}M"


# ── drawing ───────────────────────────────────────────────────────────────────


def _drawn(bars: Sequence[DigestBar], until: datetime) -> bytes:
    drawable = _load()
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    figure = Figure(figsize=_INCHES, dpi=_DPI, facecolor="white")
    axes = figure.add_axes((0.065, 0.12, 0.485, 0.75))
    _draw_bars(axes, bars)
    _frame(axes, bars, until)
    legend = figure.add_axes((0.585, 0, 0.4, 1))
    _draw_table(legend, bars, drawable)
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _days(bars: Sequence[DigestBar]) -> list[tuple[int, ...]]:
    """Return the counts day by day, cut where a number would break the scale."""
    return list(zip(*([min(n, _HUGE) for n in bar.counts] for bar in bars), strict=True))


def _draw_bars(axes: Axes, bars: Sequence[DigestBar]) -> None:
    """Stack the rules of each day, what is usual for all of them across, the last day marked."""
    days = _days(bars)
    last = len(days) - 1
    axes.axvspan(last - 0.5, last + 0.5, color=_LAST, linewidth=0, zorder=0)
    bottom = [0] * len(days)
    for at, colour in zip(range(len(bars)), _COLOURS, strict=False):
        heights = [day[at] for day in days]
        axes.bar(range(len(days)), heights, 0.8, bottom, color=colour, edgecolor="white", zorder=2)
        bottom = [low + more for low, more in zip(bottom, heights, strict=True)]
    axes.axhline(_mean([sum(day) for day in days]), zorder=3, **_DASHED)


def _frame(axes: Axes, bars: Sequence[DigestBar], until: datetime) -> None:
    """Draw the scale, and the dates on which the 24 h of a bar end."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  slow to load

    last = len(bars[0].counts) - 1
    ticks = range(last, -1, -max(1, round(last / 4)))
    dates = [until - timedelta(days=last - at) for at in ticks]
    axes.set_title(
        "Entries per day, dashed the 14-day mean", loc="left", fontsize=_SIZE, color=_INK, pad=12
    )
    axes.set_xticks(list(ticks), [f"{date.day} {MONTHS[date.month - 1]}" for date in dates])
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda value, _: _short(round(value)))
    axes.grid(axis="y", color=_FAINT, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=_SIZE, labelcolor=_INK, pad=7)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)


def _draw_table(axes: Axes, bars: Sequence[DigestBar], drawable: frozenset[int]) -> None:
    """Name the rules beside their colours, each with its last day and what is usual."""
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _write(axes, 0.79, _TOP, "24 h", align="right")
    _write(axes, 1, _TOP, "mean", align="right")
    whole = DigestBar(label="all", counts=tuple(map(sum, _days(bars))))
    for row, bar in enumerate([*bars, whole] if len(bars) > 1 else bars, 1):
        height = _TOP - row * _ROW
        if bar is whole:
            axes.plot([0, 0.055], [height + 0.005] * 2, **_DASHED)
        else:
            colour = _COLOURS[row - 1]
            axes.plot(0.0275, height + 0.005, marker="s", markersize=13, color=colour)
        name = _write(axes, 0.085, height, _named(bar.label, drawable))
        _narrow(name, room=0.55)
        _write(axes, 0.79, height, _short(bar.counts[-1]), align="right")
        _write(axes, 1, height, _short(_mean(bar.counts)), align="right")


def _write(axes: Axes, x: float, y: float, text: str, *, align: Align = "left") -> Text:
    return axes.text(
        x,
        y,
        text,
        fontsize=_SIZE,
        color=_INK,
        horizontalalignment=align,
        verticalalignment="center",
        parse_math=False,  # a name with two dollar signs is a name
    )


def _narrow(text: Text, *, room: float) -> None:
    """Cut a text to that share of the table's width."""
    said = text.get_text()
    assert text.axes is not None
    most = text.axes.get_window_extent().width * room
    while len(said) > 1 and text.get_window_extent().width > most:
        said = said[:-1].rstrip()
        text.set_text(f"{said}…")


def _named(label: str, drawable: frozenset[int]) -> str:
    """Return a name as far as it can be drawn: other scripts are in the picture's words."""
    shown = "".join(
        char
        for char in clean(label)[:_LONGEST]
        if ord(char) in drawable and unicodedata.bidirectional(char) not in _RIGHT_TO_LEFT
    )
    return " ".join(shown.split()) or "what was asked for"


@cache
def _load() -> frozenset[int]:
    """Load the library; return the characters of the font that ships with it."""
    import matplotlib as mpl  # noqa: PLC0415  takes seconds
    from matplotlib import figure, font_manager, ft2font, ticker  # noqa: F401, PLC0415

    mpl.rcdefaults()  # whatever stands in a matplotlibrc
    font = font_manager.findfont("DejaVu Sans")
    return frozenset(ft2font.FT2Font(font).get_charmap())
