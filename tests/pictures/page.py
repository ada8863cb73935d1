"""What stands on a page: messages in a channel, a modal, a home; and its picture."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from PIL import Image, ImageChops

from tests.pictures.blocks import Json, Viewer

_CSS = Path(__file__).with_name("page.css")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--force-device-scale-factor=2", "--disable-quic"),
)
_WIDTH, _HEIGHT = 800, 3200
_MARGIN = 24


@dataclass(frozen=True)
class Page:
    """Pieces, one below the other, as a viewer sees them."""

    viewer: Viewer

    def channel(self, name: str) -> str:
        """Return the head of a channel."""
        return f'<div class="channel"># {escape(name)}</div>'

    def typed(self, who: str, text: str) -> str:
        """Return what a person typed."""
        return _message("person", who, "", f'<div class="typed">{escape(text)}</div>')

    def message(
        self, payload: Json, *, at: datetime | None = None, only: bool = False, thread: bool = False
    ) -> str:
        """Return a message of the app; `only` its reader sees it, or it stands in a thread."""
        when = f"{at.astimezone(self.viewer.zone):%H:%M}" if at else ""
        said = '<div class="only">Only visible to you</div>' if only else ""
        html = _message("app", "Watchdesk", when, said + self.viewer.blocks(payload["blocks"]))
        return f'<div class="thread">{html}</div>' if thread else html

    def modal(self, view: Json) -> str:
        """Return a modal."""
        buttons = (
            [f'<span class="button">{self.viewer.text(view["close"])}</span>']
            if "close" in view
            else []
        )
        if "submit" in view:
            buttons.append(
                f'<span class="button primary">{self.viewer.text(view["submit"])}</span>'
            )
        return (
            f'<div class="modal"><div class="title">{self.viewer.text(view["title"])}</div>'
            f'<div class="inside">{self.viewer.blocks(view["blocks"])}</div>'
            f'<div class="foot">{"".join(buttons)}</div></div>'
        )

    def home(self, view: Json) -> str:
        """Return a home tab."""
        return f'<div class="home">{self.viewer.blocks(view["blocks"])}</div>'


def _message(kind: str, who: str, when: str, html: str) -> str:
    letter = escape(who[:1].upper())
    app = '<span class="badge">APP</span>' if kind == "app" else ""
    return (
        f'<div class="message"><div class="avatar {kind}">{letter}</div><div class="body">'
        f'<span class="who">{escape(who)}</span> {app}<span class="when">{when}</span>{html}</div></div>'
    )


def html(pieces: Sequence[str]) -> str:
    """Return a whole document; it asks for nothing from anywhere."""
    style = _CSS.read_text(encoding="utf-8")
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style>{"".join(pieces)}'


def browser() -> str | None:
    """Return the path of a browser that can draw; None if there is none."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def draw(pieces: Sequence[str], out: Path) -> None:
    """Draw a page, as high as what stands on it.

    Raises:
        RuntimeError: there is no browser, or it failed.
    """
    program = browser()
    if program is None:
        raise RuntimeError("no browser: install chromium")
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        page.write_text(html(pieces), encoding="utf-8")
        size = f"--window-size={_WIDTH},{_HEIGHT}"
        command = [
            program,
            *_FLAGS,
            f"--user-data-dir={folder}/profile",
            size,
            f"--screenshot={shot}",
        ]
        done = subprocess.run(
            [*command, page.as_uri()], capture_output=True, timeout=120, check=False
        )
        if done.returncode or not shot.exists():
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')[-500:]}")
        out.write_bytes(_trimmed(shot.read_bytes()))


def _trimmed(png: bytes) -> bytes:
    """Cut what is blank at the bottom, and keep the file small."""
    with Image.open(io.BytesIO(png)) as picture:
        shown = picture.convert("RGB")
    blank = Image.new("RGB", shown.size, (255, 255, 255))
    box = ImageChops.difference(shown, blank).getbbox()
    bottom = min(shown.height, (box[3] if box else 0) + _MARGIN)
    cut = shown.crop((0, 0, shown.width, bottom)).quantize(128)
    kept = io.BytesIO()
    cut.save(kept, "PNG", optimize=True)
    return kept.getvalue()
