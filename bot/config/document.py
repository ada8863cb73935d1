"""Reads YAML into typed values and collects every problem with its line; nothing is guessed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from bot.config.values import WrongError, plain
from bot.errors import ConfigError, Problem

T = TypeVar("T")

_KINDS = {"null": "nothing", "bool": "yes or no", "int": "a number", "float": "a number"}
_KINDS |= {"timestamp": "a date", "map": "key: value lines", "seq": "a list", "str": "text"}

#: What YAML says, and what people meant.
_SYNTAX_FIXES = {
    "\\t": "indent with spaces, not tabs",
    "mapping values are not allowed": "text with `: ` inside needs quotes around it",
    "alias": "text that starts with * needs quotes around it",
    "anchor": "text that starts with & needs quotes around it",
    "cannot start any token": "text that starts with @, ` or % needs quotes around it",
    "<scalar>": "put the whole text in single quotes: query: '\"two words\" location:Iran'",
    "stream end": "a quote or bracket is opened and not closed",
}


class Document:
    """One file being read: its root node and the problems found so far.

    Args:
        path: the file.
        text: what it holds, where there is no such file: the path is what problems call it.
    """

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self._text = text
        self._problems: list[tuple[int, Problem]] = []
        self.root = self._compose()

    def complain(self, line: int, message: str, fix: str = "") -> None:
        """Note a problem; `line` counts from 1."""
        self._problems.append((line, Problem(f"{self.path}:{line}", message, fix)))

    def finish(self) -> None:
        """Raise ConfigError with all problems, if there are any."""
        if self._problems:
            raise self._error()

    def _error(self) -> ConfigError:
        in_order = sorted(self._problems, key=lambda found: found[0])
        return ConfigError([problem for _, problem in in_order])

    def _compose(self) -> Node:
        text = _text_of(self.path) if self._text is None else self._text
        try:
            root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = error.problem or error.context or "it can't be read"
            self.complain(mark.line + 1 if mark else 1, f"not YAML: {said}", _syntax_fix(said))
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            fix = "remove it: it can't be seen in most editors"
            self.complain(line, f"the character U+{ord(text[error.position]):04X} is not text", fix)
        except RecursionError:
            self.complain(1, "not YAML people write: nested without end", "close the brackets")
        else:
            if root is not None:
                return root
            self.complain(1, "the file is empty", "write `feeds:` or `rules:` and a list below it")
        raise self._error()


def _text_of(path: Path) -> str:
    """Return the file's text; raises ConfigError naming what is in the way."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        fix = "check the path, or give another with --config FILE"
        raise ConfigError([Problem(str(path), "there is no such file", fix)]) from None
    except OSError as error:
        said = f"can't be read: {error.strerror}"
        raise ConfigError([Problem(str(path), said, "check its permissions")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(f"{path}:{line}", "is not UTF-8 text", "save the file as UTF-8")
        raise ConfigError([problem]) from None
    # JSON may be indented by tabs, YAML may not; inside JSON's strings no raw tab can stand.
    return text.replace("\t", " ") if path.suffix == ".json" else text


def _syntax_fix(said: str) -> str:
    for sign, fix in _SYNTAX_FIXES.items():
        if sign in said:
            return fix
    return "look at the indentation and the quotes on this line and the one above"


class Section:
    """The keys of one mapping, read one by one; what can't be read is noted and left out."""

    def __init__(self, document: Document, node: Node, what: str, known: Iterable[str]) -> None:
        self.document = document
        self.what = what
        self.line = node.start_mark.line + 1
        self.nodes: dict[str, Node] = {}
        self.is_mapping = isinstance(node, MappingNode)
        if isinstance(node, MappingNode):
            self._collect(node, tuple(known))
        else:
            self._wrong_kind(node, what, "key: value lines", f"the keys are {', '.join(known)}")

    def _collect(self, node: MappingNode, known: tuple[str, ...]) -> None:
        lines: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else "?"
            line = key.start_mark.line + 1
            if name not in known:
                self.document.complain(
                    line, f"unknown key `{name}` in {self.what}", _nearest(name, known)
                )
            elif name in lines:
                said = f"`{name}` is given twice, first on line {lines[name]}"
                self.document.complain(line, said, "keep one of the two")
            else:
                self.nodes[name] = value
            lines.setdefault(name, line)

    def require(self, key: str, fix: str) -> None:
        """Note a problem unless the key is there (or there are no keys to speak of)."""
        if self.is_mapping and key not in self.nodes:
            self.document.complain(self.line, f"{self.what} has no `{key}`", fix)

    def line_of(self, key: str) -> int:
        """Return the line of a key's value, or of the section."""
        node = self.nodes.get(key)
        return node.start_mark.line + 1 if node else self.line

    def value(self, key: str, convert: Callable[[str], T], *, raw: bool = False) -> T | None:
        """Return one value, or None; `raw` takes numbers and yes/no as the text they are."""
        node = self.nodes.get(key)
        return None if node is None else self._convert(node, f"`{key}`", convert, raw=raw)

    def values(self, key: str, convert: Callable[[str], T]) -> tuple[T, ...]:
        """Return a list's values without repeats."""
        each = (self._convert(node, f"`{key}`", convert) for node in self.items(key))
        return tuple(dict.fromkeys(value for value in each if value is not None))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts without repeats."""
        return self.values(key, plain)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a yes or no."""
        node = self.nodes.get(key)
        if node is None:
            return default
        if _kind(node) != "bool":
            self._wrong_kind(node, f"`{key}`", "true or false", "write true or false")
            return default
        return str(node.value).lower() in ("true", "yes", "on")

    def items(self, key: str) -> list[Node]:
        """Return a list's nodes."""
        node = self.nodes.get(key)
        if node is None or isinstance(node, SequenceNode):
            return list(node.value) if node else []
        example = node.value if isinstance(node, ScalarNode) and node.value else "one, two"
        self._wrong_kind(node, f"`{key}`", "a list", f"write {key}: [{example}]")
        return []

    def drop_empty(self) -> None:
        """Forget keys with nothing behind them: a heading whose lines are commented out."""
        self.nodes = {key: node for key, node in self.nodes.items() if _kind(node) != "null"}

    def _convert(
        self, node: Node, what: str, convert: Callable[[str], T], *, raw: bool = False
    ) -> T | None:
        kind = _kind(node)
        if not isinstance(node, ScalarNode) or kind == "null" or (kind != "str" and not raw):
            self._wrong_kind(node, what, "text", _text_fix(node, kind))
            return None
        try:
            return convert(_characters(node.value))
        except WrongError as wrong:
            self.document.complain(node.start_mark.line + 1, f"{what}: {wrong.message}", wrong.fix)
            return None

    def _wrong_kind(self, node: Node, what: str, expected: str, fix: str) -> None:
        found = _KINDS.get(_kind(node), "something else")
        said = f"{what} should be {expected}, not {found}"
        self.document.complain(node.start_mark.line + 1, said, fix)


def _kind(node: Node) -> str:
    return str(node.tag).rpartition(":")[2]


def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(known)}"


def _text_fix(node: Node, kind: str) -> str:
    if kind == "null":
        return "write a value or remove the line; text that starts with # needs quotes"
    if isinstance(node, ScalarNode):
        return f'put it in quotes: "{node.value}"'
    return "write one text, not several"


def _characters(text: str) -> str:
    """Join the halves that JSON writes for characters beyond U+FFFF."""
    if not re.search(r"[\ud800-\udfff]", text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise WrongError("holds half a character", r"check the \u… escapes") from None
