"""A digest: totals, a line per story, a chart, what may be missing; never more than Slack takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Level, Message
from bot.core.render import (
    Chart,
    Digest,
    DigestBar,
    DigestStory,
    bar_line,
    digest_message,
    followed,
    quiet_message,
    web_link,
)
from bot.core.render.blocks import MAX_BLOCKS_CHARS, MAX_TEXT, section, size
from tests.render.hostile import texts, urls, whens
from tests.render.reading import links, plain, refusals, strings

START = datetime(2018, 11, 12, 5, 20, tzinfo=UTC)
LAUNCH = DigestStory(
    title="Launch site rebuilt",
    url="https://outlet.example/1",
    outlets=("One", "Two", "Three", "Four"),
    first_seen=START,
    last_seen=START + timedelta(hours=3),
    rules=(12, 14),
    level=Level.FLASH,
)
TALKS = DigestStory(
    title="Talks called off", outlets=("One",), first_seen=START, last_seen=START, rules=()
)
DIGEST = Digest(
    period="last 24 h",
    since=START - timedelta(hours=20),
    until=START + timedelta(hours=4),
    stories=(LAUNCH, TALKS),
    entries=1234,
    scope="W12",
    bars=(
        DigestBar(label="W12 NK missile bases", counts=(0, 1, 3, 12)),
        DigestBar(label="W14 북한", counts=(0, 0, 2, 0)),
    ),
    notes=("F7 Our *Outlet* has failed since 04:10 (HTTP 503)",),
)


def date(at: datetime) -> str:
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at.day} Nov 2018 {at:%H:%M} UTC>"


def test_a_digest_reads_as_promised() -> None:
    message = digest_message(DIGEST)
    seen = "12 Nov 2018 05:20 UTC to 12 Nov 2018 08:20 UTC"
    assert plain(message).splitlines() == [
        "Digest · last 24 h · W12",
        f"2 stories · 1,234 entries · {date(DIGEST.since)} to {date(DIGEST.until)}",
        f":red_circle: Launch site rebuilt — One, Two, Three and 1 more · {seen} · W12, W14",
        "Talks called off — One · 12 Nov 2018 05:20 UTC",
        "Entries per day, oldest first, and their total",
        "W12 NK missile bases  ▁▂▃█  16",
        "W14 북한              ▁▁▃▁  2",
        ":warning: F7 Our ∗Outlet∗ has failed since 04:10 (HTTP 503)",
    ]
    assert refusals(message) == []
    assert links(message) == {"https://outlet.example/1"}


def test_its_fallback_lists_the_stories() -> None:
    assert digest_message(DIGEST).text.splitlines() == [
        "Digest · last 24 h · W12: 2 stories · 1,234 entries",
        "• <https://outlet.example/1|Launch site rebuilt> — One, Two, Three and 1 more",
        "• Talks called off — One",
    ]


def test_an_empty_digest_says_so() -> None:
    message = digest_message(
        Digest(period="last 7 d", since=START, until=START, stories=(), entries=0)
    )
    assert plain(message).splitlines()[0] == "Digest · last 7 d"
    assert plain(message).splitlines()[2:] == ["Nothing matched in this time."]
    assert message.text == "Digest · last 7 d: 0 stories · 0 entries"
    assert refusals(message) == []


def test_one_is_not_many() -> None:
    one = Digest(period="p", since=START, until=START, stories=(TALKS,), entries=1)
    assert "1 story · 1 entry" in plain(digest_message(one))


def test_a_long_digest_says_how_many_stories_it_leaves_out() -> None:
    many = Digest(period="p", since=START, until=START, stories=(LAUNCH,) * 300, entries=300)
    message = digest_message(many)
    shown = plain(message).count("Launch site rebuilt")
    assert shown >= 20
    assert f"and {300 - shown} more stories" in plain(message)
    in_text = message.text.count("Launch site rebuilt")
    assert message.text.endswith(f"and {300 - in_text} more stories")
    assert refusals(message) == []


def test_many_rules_bars_outlets_and_notes_are_cut_and_counted() -> None:
    story = DigestStory(title="t", first_seen=START, last_seen=START, rules=tuple(range(1, 9)))
    digest = Digest(
        period="p",
        since=START,
        until=START,
        stories=(story,),
        entries=1,
        bars=tuple(DigestBar(label=f"W{n}", counts=(n,)) for n in range(20)),
        notes=tuple(f"feed F{n} failed" for n in range(9)),
    )
    shown = plain(digest_message(digest)).splitlines()
    assert any(line.endswith(" · W1, W2, W3, W4, W5 and 3 more") for line in shown)
    assert "and 8 more" in shown
    assert shown[-1] == "and 3 more"


def test_rules_without_counts_have_no_bar() -> None:
    digest = Digest(
        period="p", since=START, until=START, stories=(), entries=0,
        bars=(DigestBar(label="W1", counts=()),),
    )  # fmt: skip
    assert "per day" not in plain(digest_message(digest))


def test_fallback_times_are_in_the_zone_asked_for() -> None:
    assert "12 Nov 2018 14:20 KST" in plain(digest_message(DIGEST, zone=ZoneInfo("Asia/Seoul")))


def test_what_is_new_is_marked_and_counted() -> None:
    digest = replace(
        DIGEST, stories=(replace(LAUNCH, is_new=True), TALKS), seen_at=START - timedelta(hours=2)
    )
    message = digest_message(digest)
    shown = plain(message).splitlines()
    assert shown[2] == f":new: *1 new* since {date(START - timedelta(hours=2))}"
    assert shown[3].startswith(":new: :red_circle: Launch site rebuilt")
    assert shown[4].startswith("Talks called off")
    assert refusals(message) == []
    assert "new" not in plain(digest_message(replace(digest, stories=(), entries=0)))


def test_how_the_stories_add_up_is_said() -> None:
    digest = replace(DIGEST, fates=((9, "alerted"), (3, "digest only")))
    assert plain(digest_message(digest)).splitlines()[2] == "9 alerted, 3 digest only"


def test_muted_matches_are_counted_by_rule() -> None:
    digest = replace(DIGEST, muted=((8, "W12"), (3, "W14")))
    assert plain(digest_message(digest)).splitlines()[2] == ":no_bell: 11 muted: W12 8, W14 3"
    many = replace(DIGEST, muted=tuple((1, f"W{n}") for n in range(9)))
    assert "9 muted: W0 1, W1 1, W2 1, W3 1, W4 1, W5 1, …" in plain(digest_message(many))


def test_a_chart_takes_the_place_of_the_bars_which_stay_for_where_it_is_refused() -> None:
    message = digest_message(DIGEST, chart=Chart("F012", "Entries per day & <more>"))
    [image] = [block for block in message.blocks if block["type"] == "image"]
    assert image["slack_file"] == {"id": "F012"}
    assert image["alt_text"] == "Entries per day & <more>"
    assert "▁" not in str(message.blocks)
    assert message.instead == digest_message(DIGEST).blocks
    both = followed(message, section("Shared"))
    assert both.blocks[-1] == both.instead[-1] == section("Shared")
    assert refusals(both) == []
    assert followed(digest_message(DIGEST), section("Shared")).instead == ()


def test_nothing_to_tell_is_one_line() -> None:
    quiet = replace(DIGEST, stories=(), entries=0, bars=(), notes=())
    message = quiet_message(quiet)
    assert (
        plain(message) == f"Nothing matched since {date(DIGEST.since)} · Digest · last 24 h · W12"
    )
    assert refusals(message) == []
    missing = quiet_message(replace(quiet, notes=("F7 has failed",)))
    assert plain(missing).splitlines()[1] == ":warning: F7 has failed"


def test_bars_grow_with_their_counts() -> None:
    assert bar_line((0, 1, 2, 3, 4, 5, 6, 7), 7) == "▁▂▃▄▅▆▇█"
    assert bar_line((0, 1, 1000), 1000) == "▁▂█"
    assert bar_line((0, 0), 0) == "▁▁"
    assert bar_line((9,), 3) == "█"


stories = st.builds(
    DigestStory,
    title=texts,
    url=urls,
    outlets=st.lists(texts, max_size=5).map(tuple),
    first_seen=whens,
    last_seen=whens,
    rules=st.lists(st.integers(1, 10**9), max_size=9).map(tuple),
    level=st.sampled_from(Level),
    is_new=st.booleans(),
)
bars = st.builds(
    DigestBar, label=texts, counts=st.lists(st.integers(0, 10**9), max_size=40).map(tuple)
)
digests = st.builds(
    Digest,
    period=texts,
    since=whens,
    until=whens,
    stories=st.lists(stories, max_size=12).map(lambda few: tuple(few * 7)),
    entries=st.integers(0, 10**9),
    scope=texts,
    bars=st.lists(bars, max_size=15).map(tuple),
    notes=st.lists(texts, max_size=9).map(tuple),
    seen_at=st.none() | whens,
    fates=st.lists(st.tuples(st.integers(0, 10**9), texts), max_size=8).map(tuple),
    muted=st.lists(st.tuples(st.integers(0, 10**9), texts), max_size=9).map(tuple),
)


@settings(max_examples=60)
@given(digests, st.none() | st.builds(Chart, st.just("F1"), texts))
def test_any_digest_passes_slack_and_feeds_make_nothing_live(
    digest: Digest, chart: Chart | None
) -> None:
    message = digest_message(digest, chart=chart)
    assert refusals(Message(text=message.text, blocks=message.instead)) == []
    assert refusals(quiet_message(digest)) == []
    assert refusals(message) == []
    assert size(message.blocks) <= MAX_BLOCKS_CHARS
    assert len(message.text) <= MAX_TEXT
    assert links(message) <= {web_link(story.url) for story in digest.stories}
    assert not any("<!" in text.replace("<!date^", "") or "<@" in text for text in strings(message))
