"""Print the score: `python -m tests.etiquette`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.etiquette.score import simulate, table

with tempfile.TemporaryDirectory() as folder:
    for line in table(simulate(Path(folder))):
        print(line)
