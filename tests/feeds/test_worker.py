"""Parsing in a process that can be killed."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.models import Entry, ParsedFeed
from bot.errors import ConfigError, FeedError
from bot.feeds import wire
from bot.feeds.parse import Parser, parse_document
from bot.feeds.read import read_document
from bot.feeds.worker import require_safe_expat

CASES = Path(__file__).parents[1] / "data" / "feeds"
GOOD = (CASES / "rss20.xml").read_bytes()
URL = "https://feeds.example/"
#: 100 entries of 60 kB of nested elements each: cheap to send, minutes to read.
NESTED = b"<item><description><![CDATA[" + b"<div>" * 12_000 + b"]]></description></item>"
ENDLESS = b"<rss version='2.0'><channel>" + NESTED * 100 + b"</channel></rss>"


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser(workers=2) as running:
        yield running


def test_gives_what_parsing_here_gives(parser: Parser) -> None:
    for document in sorted(CASES.glob("*.xml")):
        body = document.read_bytes()
        assert parser.parse(body, url=URL) == parse_document(body, url=URL)


def test_passes_on_the_charset_of_the_header(parser: Parser) -> None:
    body = (CASES / "charset_in_header.xml").read_bytes()
    assert parser.parse(body, url=URL, content_type="text/xml; charset=euc-kr").title == "항구 소식"


def test_passes_on_why_it_is_no_feed(parser: Parser) -> None:
    with pytest.raises(FeedError, match="an HTML page, not a feed: “Sign in”"):
        parser.parse(b"<html><title>Sign in</title>", url=URL)


def test_several_threads_share_it(parser: Parser) -> None:
    expected = parse_document(GOOD, url=URL)
    with ThreadPoolExecutor(6) as pool:
        assert all(
            parsed == expected
            for parsed in pool.map(lambda _: parser.parse(GOOD, url=URL), range(30))
        )


def test_a_document_without_end_costs_its_time_and_nothing_else() -> None:
    with Parser(workers=1, cpu_s=1) as parser:
        with pytest.raises(FeedError, match="took longer than 1 s to read"):
            parser.parse(ENDLESS, url=URL)
        assert parser.parse(GOOD, url=URL).entries


def test_a_document_that_needs_too_much_memory() -> None:
    with Parser(workers=1, memory_mb=200) as parser:
        with pytest.raises(FeedError, match="needs more than 200 MB to read"):
            parser.parse(b"<rss version='2.0'><channel>" + b"x" * 60_000_000, url=URL)
        assert parser.parse(GOOD, url=URL).entries


def worker_pid(parser: Parser) -> int:
    [worker] = parser._running
    return worker._process.pid


def test_a_worker_that_dies_is_replaced() -> None:
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        os.kill(worker_pid(parser), signal.SIGSEGV)
        with pytest.raises(FeedError, match="the reader crashed on this document"):
            parser.parse(GOOD, url=URL)
        assert parser.parse(GOOD, url=URL).entries


def test_a_worker_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.feeds.worker._WALL_PER_CPU", 0.3)
    with Parser(workers=1, cpu_s=1) as parser:
        parser.parse(GOOD, url=URL)
        stopped = worker_pid(parser)
        os.kill(stopped, signal.SIGSTOP)
        # Larger than the socket holds: not even sending may hang.
        with pytest.raises(FeedError, match="took longer than 1 s to read"):
            parser.parse(GOOD + b" " * 5_000_000, url=URL)
        with pytest.raises(ProcessLookupError):
            os.kill(stopped, 0)


def test_a_worker_is_replaced_after_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.feeds.worker._DOCUMENTS_PER_WORKER", 2)
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        first = worker_pid(parser)
        parser.parse(GOOD, url=URL)
        assert not parser._running
        parser.parse(GOOD, url=URL)
        assert worker_pid(parser) != first


def test_nothing_starts_before_it_is_needed_and_nothing_stays() -> None:
    parser = Parser()
    assert not parser._running
    parser.parse(GOOD, url=URL)
    pid = worker_pid(parser)
    parser.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RuntimeError, match="closed"):
        parser.parse(GOOD, url=URL)


def test_closing_ends_what_is_being_read() -> None:
    parser = Parser(workers=1, cpu_s=20)
    parser.parse(GOOD, url=URL)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(parser.parse, ENDLESS, url=URL)
        while not parser._slots.empty():  # until the thread has taken the worker
            time.sleep(0.001)
        parser.close()
        with pytest.raises(FeedError):
            reading.result(timeout=10)  # the document alone would take its 20 s


def test_a_worker_ends_when_its_parent_hangs_up() -> None:
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        [worker] = parser._running
        worker._socket.shutdown(socket.SHUT_RDWR)
        assert worker._process.wait(timeout=10) == 0


def test_secrets_stay_with_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-for-workers")
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        environment = Path(f"/proc/{worker_pid(parser)}/environ")
        if not environment.exists():
            pytest.skip("no /proc here")
        assert b"xoxb" not in environment.read_bytes()


# ── the wire ──────────────────────────────────────────────────────────────────


def test_every_field_survives_the_wire() -> None:
    when = datetime(2026, 11, 3, 8, 15, 30, tzinfo=UTC)
    parsed = ParsedFeed(
        title="T",
        url="https://t.example/",
        language="ko",
        ttl_s=900,
        skip_hours=(1, 2),
        problems=("odd",),
        entries=(
            Entry(
                key="k",
                title="t",
                summary="s",
                url="https://t.example/1",
                authors=("a", "b"),
                tags=("x",),
                published=when,
                updated=when,
                lang="en",
                outlet="o",
            ),
            Entry(key="bare", title="t"),
        ),
    )
    message = wire.answer(wire.request(b"body", URL, None), lambda *_, **__: parsed)
    assert wire.read_answer(message) == parsed


def test_a_refusal_survives_the_wire() -> None:
    message = wire.answer(wire.request(b"<html>", URL, "text/html"), read_document)
    with pytest.raises(FeedError, match="an HTML page, not a feed"):
        wire.read_answer(message)


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b"{}", b'{"feed": {"entries": [{}]}}', b"\xff"]
)
def test_a_worker_that_answers_nonsense_is_replaced(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        first = worker_pid(parser)
        with monkeypatch.context() as patch:
            patch.setattr("bot.feeds.wire.receive", lambda *_: answer)
            with pytest.raises(FeedError, match="the reader answered nonsense on this document"):
                parser.parse(GOOD, url=URL)
        assert parser.parse(GOOD, url=URL).entries
        assert worker_pid(parser) != first


def test_a_message_without_end_is_no_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\xff" * 8)
        with pytest.raises(ConnectionError):
            wire.receive(ours, time.monotonic() + 5)


def test_more_text_than_a_body_can_hold_is_refused() -> None:
    parsed = ParsedFeed(entries=(Entry(key="k", title="t", summary="港" * 6_000_000),))
    message = wire.answer(wire.request(b"body", URL, None), lambda *_, **__: parsed)
    with pytest.raises(FeedError, match="it unfolds to more text than its size allows"):
        wire.read_answer(message)


def test_half_a_surrogate_pair_survives_the_wire() -> None:
    parsed = ParsedFeed(title="\ud800x")
    message = wire.answer(wire.request(b"body", URL, None), lambda *_, **__: parsed)
    assert wire.read_answer(message) == parsed


def test_an_xml_reader_open_to_entity_bombs_is_refused() -> None:
    require_safe_expat((2, 4, 1))
    with pytest.raises(ConfigError, match=r"expat 2.4.0\) can't stop an entity bomb"):
        require_safe_expat((2, 4, 0))


def test_a_worker_leaves_no_core_behind() -> None:
    with Parser(workers=1) as parser:
        parser.parse(GOOD, url=URL)
        limits = Path(f"/proc/{worker_pid(parser)}/limits")
        if not limits.exists():
            pytest.skip("no /proc here")
        [core] = [line for line in limits.read_text().splitlines() if "core file" in line]
        assert core.split()[4:6] == ["0", "0"]


def test_a_silent_other_side_is_a_timeout() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        wire.receive(ours, time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        wire.receive(ours, time.monotonic() - 1)


def test_a_worker_answers_until_the_parent_hangs_up() -> None:
    """The loop itself, in a thread, where coverage sees it."""
    from bot.feeds.worker import _Budget, serve  # noqa: PLC0415

    class Unlimited(_Budget):
        def renew_time(self) -> None:
            pass

    ours, theirs = socket.socketpair()
    status: list[int] = []
    thread = threading.Thread(target=lambda: status.append(serve(theirs, Unlimited(1, 1))))
    with ours, theirs:
        thread.start()
        wire.send(ours, wire.request(GOOD, URL, None))
        answer = wire.receive(ours, time.monotonic() + 20)
        assert answer is not None
        assert wire.read_answer(answer) == read_document(GOOD, url=URL)
        ours.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert status == [0]
