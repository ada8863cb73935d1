"""An alert shows what fired, where it stands and why, and obeys Slack whatever it is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from bot.core.models import Alert, Entry, Level, Reason, Rule
from bot.core.render import alert_message, rule_label, web_link
from bot.core.render.alert import excerpt, why_line
from bot.core.render.blocks import MAX_BLOCKS_CHARS, MAX_TEXT, size
from bot.core.render.choices import chosen
from tests.render.hostile import alerts
from tests.render.reading import bold, links, plain, refusals, strings, things

BASES = Rule(name="NK missile bases", query="missile base*", channel="C1", level=Level.FLASH, id=12)
PLACES = Rule(name="Launch sites", query="location:Sohae", channel="C1", level=Level.INFO, id=14)
STORY = Entry(
    key="1",
    title="Undeclared missile bases identified",
    summary="Thirteen sites were found, among them one behind the Sohae launch site.",
    url="https://www.outlet.co.kr/story?id=7&from=feed",
    published=datetime(2018, 11, 12, 5, 20, tzinfo=UTC),
    outlet="Our Outlet",
)


def found(field: str, words: str, path: tuple[str, ...] = (), *, entry: Entry = STORY) -> Reason:
    start = getattr(entry, field).index(words)
    return Reason(
        field=field, text=words, start=start, end=start + len(words), term=words, path=path
    )


WHY = (found("title", "missile"), found("summary", "Sohae", ("Sohae", "North Korea")))
ALERT = Alert(entry=STORY, rules=(BASES, PLACES), why=WHY)


def test_an_alert_reads_as_promised() -> None:
    message = alert_message(ALERT)
    date = "<!date^1542000000^{date_short_pretty} {time}|12 Nov 2018 05:20 UTC>"
    assert plain(message).splitlines() == [
        ":red_circle: FLASH · NK missile bases (W12) · Launch sites (W14)",
        "Undeclared missile bases identified",
        f"Our Outlet · outlet.co.kr · {date}",
        "Thirteen sites were found, among them one behind the Sohae launch site.",
        "why: *missile* (title) · *Sohae* → North Korea (summary)",
    ]
    assert refusals(message) == []


def test_the_title_is_the_only_link_and_the_matched_term_is_bold() -> None:
    message = alert_message(ALERT)
    assert links(message) == {STORY.url}
    assert bold(message) == ["FLASH", "Sohae"]


def test_the_fallback_is_complete() -> None:
    link = "<https://www.outlet.co.kr/story?id=7&amp;from=feed|Undeclared missile bases identified>"
    date = "<!date^1542000000^{date_short_pretty} {time}|12 Nov 2018 05:20 UTC>"
    assert alert_message(ALERT).text.splitlines() == [
        f"🔴 FLASH · NK missile bases (W12) · Launch sites (W14): {link}",
        f"Our Outlet · outlet.co.kr · {date}",
        "why: *missile* (title) · *Sohae* → North Korea (summary)",
    ]


@pytest.mark.parametrize(
    ("levels", "emoji"),
    [
        ((Level.INFO,), "large_blue_circle"),
        ((Level.INFO, Level.URGENT), "large_orange_circle"),
        ((Level.FLASH, Level.URGENT, Level.INFO), "red_circle"),
        ((), "large_blue_circle"),
    ],
)
def test_the_loudest_rule_sets_the_level(levels: tuple[Level, ...], emoji: str) -> None:
    rules = tuple(Rule(name="r", query="x", channel="C1", level=level) for level in levels)
    message = alert_message(Alert(entry=STORY, rules=rules, why=()))
    assert plain(message).startswith(f":{emoji}: ")


def test_all_rules_are_named_as_long_as_anyone_would_read_on() -> None:
    rules = tuple(Rule(name=f"rule {n}", query="x", channel="C1", id=n) for n in range(1, 9))
    first = plain(alert_message(Alert(entry=STORY, rules=rules, why=()))).splitlines()[0]
    assert first.endswith("rule 5 (W5) · and W6, W7, W8")


def test_a_rule_without_a_number_goes_by_its_name() -> None:
    assert rule_label(Rule(name="x", query="x", channel="C1")) == "x"
    assert rule_label(Rule(name="", query="x", channel="C1")) == "unnamed rule"
    assert rule_label(Rule(name="", query="x", channel="C1", id=3)) == "W3"


def test_what_is_not_known_is_left_out() -> None:
    bare = alert_message(Alert(entry=Entry(key="1", title=""), rules=(BASES,), why=()))
    assert plain(bare).splitlines() == [":red_circle: FLASH · NK missile bases (W12)", "(no title)"]
    assert links(bare) == set()


def test_a_summary_that_repeats_the_title_is_left_out() -> None:
    entry = Entry(key="1", title="Same  words", summary="Same words\n")
    assert len(alert_message(Alert(entry=entry, rules=(BASES,), why=())).blocks) == 1


def test_the_domain_is_not_said_twice() -> None:
    entry = Entry(key="1", title="t", url="https://www.outlet.com/", outlet="Outlet.com")
    assert "Outlet.com\n" in plain(alert_message(Alert(entry=entry, rules=(), why=()))) + "\n"


def test_an_undated_entry_shows_when_it_was_updated() -> None:
    entry = Entry(key="1", title="t", updated=datetime(2018, 11, 12, 5, 20, tzinfo=UTC))
    shown = plain(alert_message(Alert(entry=entry, rules=(), why=()), zone=ZoneInfo("Asia/Seoul")))
    assert "12 Nov 2018 14:20 KST" in shown


def test_megabytes_of_text_are_shown_in_two_lines_at_once() -> None:
    long = "<!channel> *missile* " * 500_000
    entry = Entry(key="1", title=long, summary=long + "x", url="https://x.example/", outlet=long)
    why = (Reason(field="summary", text=long, start=9_000_000, end=9_000_007, term=long),)
    rule = Rule(name=long, query="x", channel="C1", id=1)
    message = alert_message(Alert(entry=entry, rules=(rule,), why=why))
    assert refusals(message) == []
    assert size(message.blocks) < 6000


def test_feed_text_is_shown_as_text() -> None:
    entry = Entry(key="1", title="<!channel> *now* _x_", summary="<@U1> & `y`", outlet="a *b*")
    message = alert_message(Alert(entry=entry, rules=(BASES,), why=()))
    assert plain(message).splitlines()[1:] == ["<!channel> *now* _x_", "a ∗b∗", "<@U1> & `y`"]
    assert "&lt;!channel&gt; ∗now∗ ˍxˍ" in message.text


@settings(max_examples=150)
@given(alerts)
def test_any_alert_passes_slack_and_feeds_make_nothing_live(alert: Alert) -> None:
    message = alert_message(alert)
    assert refusals(message) == []
    assert size(message.blocks) <= MAX_BLOCKS_CHARS
    assert len(message.text) <= MAX_TEXT
    assert links(message) <= {web_link(alert.entry.url)}
    for text in strings(message):
        assert not {"<!channel", "<!here", "<!every", "<@", "<#", "<!sub"} & {
            text[i : i + 9] for i in range(len(text))
        }
        assert "<!" not in text.replace("<!date^", "")
        assert "<@" not in text
        assert "\x1b" not in text
    assert {thing.get("type") for thing in things(message.blocks)} <= {
        None, "rich_text", "rich_text_section", "text", "link", "emoji", "context", "mrkdwn",
    }  # fmt: skip


@settings(max_examples=50)
@given(alerts)
def test_a_summary_takes_at_most_two_lines(alert: Alert) -> None:
    message = alert_message(alert)
    for block in message.blocks[1:]:
        if block["type"] == "rich_text":
            shown = "".join(element["text"] for element in block["elements"][0]["elements"])
            assert len(shown.replace("\u2060", "")) <= 241


def test_bare_names_and_addresses_are_not_linked_by_slack_either() -> None:
    texts = [
        thing for thing in things(alert_message(ALERT).blocks) if thing.get("type") == "mrkdwn"
    ]
    assert texts
    assert all(text["verbatim"] is True for text in texts)


def test_a_summary_full_of_terms_stays_within_slack() -> None:
    entry = Entry(key="1", title="t", summary="a " * 120)
    why = tuple(
        Reason(field="summary", text="a", start=n, end=n + 1, term="a") for n in range(0, 240, 2)
    )
    message = alert_message(Alert(entry=entry, rules=(), why=why))
    assert 8 <= bold(message).count("a") <= 20
    assert refusals(message) == []


# ── excerpt ───────────────────────────────────────────────────────────────────


def spelled(text: str, spans: list[tuple[int, int]], columns: int) -> str:
    return "".join(f"[{part}]" if term else part for part, term in excerpt(text, spans, columns))


def test_an_excerpt_marks_its_terms() -> None:
    assert (
        spelled("a missile, two missiles", [(2, 9), (15, 22)], 80) == "a [missile], two [missile]s"
    )


def test_blanks_and_invisible_characters_do_not_shift_the_marks() -> None:
    assert spelled("  a\u200b \n\n missile  base", [(8, 15)], 80) == "a [missile] base"


def test_an_excerpt_ends_on_a_word() -> None:
    assert spelled("one two three four five", [], 16) == "one two three…"
    assert spelled("x" * 100, [], 10) == "x" * 9 + "…"


def test_an_excerpt_begins_near_the_first_term() -> None:
    text = "word " * 100 + "missile base " + "more " * 100
    shown = spelled(text, [(500, 507)], 60)
    assert shown.startswith("…word ")
    assert "[missile] base more" in shown
    assert len(shown) <= 62


def test_an_excerpt_of_text_without_spaces_still_shows_the_term() -> None:
    text = "가" * 500 + "미사일" + "나" * 500
    assert "[미사일]" in spelled(text, [(500, 503)], 60)


def test_spans_outside_the_text_are_ignored() -> None:
    assert spelled("short", [(-3, 2), (3, 2), (4, 99)], 80) == "short"


def test_an_invisible_text_has_no_excerpt() -> None:
    assert excerpt(" \u200b\n", [], 80) == ()


# ── why ───────────────────────────────────────────────────────────────────────


def reason(text: str, field: str = "title", **more: object) -> Reason:
    return Reason(field=field, text=text, start=0, end=len(text), term="term", **more)  # type: ignore[arg-type]


def test_the_same_words_are_named_once_with_all_their_fields() -> None:
    why = [reason("Missile"), reason("Missile", "summary"), reason("Missile")]
    assert why_line(why) == "why: *Missile* (title, summary)"


def test_a_name_says_what_it_stands_for() -> None:
    assert why_line([reason("DPRK", path=("North Korea",))]) == "why: *DPRK* → North Korea (title)"
    assert (
        why_line([reason("sohae", path=("Sohae", "North Korea"))])
        == "why: *sohae* → North Korea (title)"
    )
    assert (
        why_line([reason("북한", entity="loc:KP")], {"loc:KP": "North Korea"})
        == "why: *북한* → North Korea (title)"
    )
    assert why_line([reason("x", path=("a", "b", "c", "d"))]) == "why: *x* → b → c → d (title)"


def test_a_reason_without_words_shows_its_term() -> None:
    assert why_line([reason("")]) == "why: *term* (title)"
    assert why_line([Reason(field="lang", text="", start=0, end=0, term="")]) == "why: *?* (lang)"


def test_a_long_why_line_says_how_much_is_left_out() -> None:
    line = why_line([reason(f"word number {n:05}") for n in range(200)])
    assert line.endswith(" more")
    assert len(line) < 1600


def test_no_reasons_no_line() -> None:
    assert why_line([]) == ""


def test_an_alert_that_was_delivered_has_buttons_about_that_delivery() -> None:
    row = alert_message(replace(ALERT, id="d1")).blocks[-1]
    assert row["type"] == "actions"
    useful, not_useful, menu = row["elements"]
    assert (useful["value"], not_useful["value"]) == ("d1", "d1")
    assert [chosen(option["value"]) for option in menu["options"]] == [
        ("why", "d1"),
        ("mute", "d1"),
        ("another", "d1"),
        ("edit", "d1"),
        ("share", "d1"),
    ]
    assert "actions" not in [block["type"] for block in alert_message(ALERT).blocks]


@settings(max_examples=50, deadline=None)
@given(alerts)
def test_whatever_it_is_made_of_its_buttons_fit(alert: Alert) -> None:
    message = alert_message(replace(alert, id="3f2504e0-4f89-51d3-9a0c-0305e82c3301"))
    assert refusals(message) == []
    assert message.blocks[-1]["type"] == "actions"
