"""Foreign text stays text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.render.markup import (
    clean,
    code,
    cut_markup,
    escape,
    inert,
    link,
    literal,
    moment,
    plain_moment,
    registered_domain,
    shorten,
    web_link,
    width,
)
from tests.render.hostile import texts, urls
from tests.servers.mrkdwn import read_marks


def test_escape_takes_exactly_three_characters_and_the_ampersand_first() -> None:
    assert escape("<!channel> & &lt; * _") == "&lt;!channel&gt; &amp; &amp;lt; * _"


@given(texts)
def test_escape_can_be_undone_and_leaves_nothing_live(text: str) -> None:
    escaped = escape(text)
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert read_marks(escaped).problems == ()
    assert read_marks(escaped).links == ()


@given(texts)
def test_literal_restyles_nothing_and_leaves_no_bare_address(text: str) -> None:
    shown = literal(text)
    assert read_marks(shown).problems == ()
    assert not set("*_~`|\n\x1b\u202e\u200b") & set(shown)
    assert "://" not in shown
    assert ":fire:" not in shown


def test_literal_shows_what_was_written_in_look_alikes() -> None:
    assert literal("*a* _b_ ~c~ `d` | <e> :fire: 14:20 http://x") == (
        "∗a∗ ˍbˍ ∼c∼ ˋdˋ ∣ &lt;e&gt; ∶fire: 14:20 http∶//x"
    )


def test_clean_makes_one_line_without_anything_invisible() -> None:
    assert clean("  a\tb\r\n\u2028c\u200b\u202e\x1b[0m\ud800\u3000 d ") == "a bc[0m d".replace(
        "bc", "b c"
    )


def test_inert_keeps_formatting_characters_and_defuses_control_sequences() -> None:
    assert inert("*a* <!here> & b\n") == "*a* <\u2060!here> & b"


def test_code_shows_a_query_unchanged_except_its_backticks() -> None:
    assert code("missile base* -x") == "`missile base* -x`"
    assert code("a`b<c>") == "`aˋb&lt;c&gt;`"
    assert code(" \n") == ""


def test_shorten_cuts_on_a_word_and_counts_wide_characters_twice() -> None:
    assert shorten("one two three", 13) == "one two three"
    assert shorten("one two three", 12) == "one two…"
    assert shorten("미사일기지", 7) == "미사일…"
    assert shorten("a" * 50, 10) == "a" * 9 + "…"
    assert shorten("a " + "b" * 50, 20) == "a " + "b" * 17 + "…"


@given(texts, st.integers(2, 300))
def test_shorten_never_takes_more_columns_than_allowed(text: str, columns: int) -> None:
    assert width(shorten(text, columns)) <= columns


@given(
    st.lists(st.sampled_from(["a", "&amp;", "<https://x.example|y>", "<!date^1^{date}|z>", " "])),
    st.integers(1, 60),
)
def test_cut_markup_never_cuts_inside_a_link_or_an_escape(parts: list[str], limit: int) -> None:
    cut = cut_markup("".join(parts), limit)
    assert len(cut) <= limit
    assert read_marks(cut).problems == ()


def test_cut_markup_leaves_short_text_alone() -> None:
    assert cut_markup("<broken", 7) == "<broken"
    assert cut_markup("abcdef", 4) == "abc…"


# ── addresses ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.com/a?b=1&c=2#d", "https://example.com/a?b=1&c=2#d"),
        ("HTTPS://Example.com/", "https://Example.com/"),
        ("https://example.com/a|b>c d", "https://example.com/a%7Cb%3Ec%20d"),
        ("https://example.com/a\nb\x1b", "https://example.com/a%0Ab%1B"),
        ("https://example.com/%20é한", "https://example.com/%20é한"),
        ("https://example.com/\u202ex", "https://example.com/%E2%80%AEx"),
        ("https://例え.jp/", "https://例え.jp/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://1.2.3.4/", "http://1.2.3.4/"),
    ],
)
def test_web_addresses_are_linked_with_what_breaks_a_link_encoded(url: str, linked: str) -> None:
    assert web_link(url) == linked


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "https://",
        "https:///example.com",
        "http:\\\\example.com",
        "https://bank.example@evil.example/",
        "https://exa mple.com/",
        "https://exam\tple.com/",
        " https://example.com/",
        "https://a|b/",
        "https://a\u202eb.com/",
        "https://a\u3000b.com/",
        "https://good.example\\.evil.example/",
        "https://example.com:port/",
        "https://[::1/",
        "https://example.com/\ud800",
        "https://example.com/" + "a" * 2000,
        "https://example.com/" + "|" * 1900,
    ],
)
def test_anything_else_is_not_linked(url: str | None) -> None:
    assert web_link(url) is None


@given(urls)
def test_a_linked_address_cannot_end_its_link(url: str | None) -> None:
    linked = web_link(url)
    if linked is not None:
        assert read_marks(f"<{escape(linked)}|x>").links == (escape(linked),)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.yna.co.kr/a", "yna.co.kr"),
        ("https://en.yna.co.kr/a", "yna.co.kr"),
        ("https://news.bbc.co.uk:443/", "bbc.co.uk"),
        ("https://www.38north.org/", "38north.org"),
        ("https://lemonde.fr/", "lemonde.fr"),
        ("https://co.uk/", "co.uk"),
        ("https://localhost/", "localhost"),
        ("https://a.b.example.com./", "example.com"),
        ("https://www.пример.рф/", "xn--e1afmkfd.xn--p1ai"),
        ("http://10.1.2.3/", "10.1.2.3"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("javascript:x", ""),
        (None, ""),
    ],
)
def test_the_domain_shown_is_the_one_somebody_registered(url: str | None, domain: str) -> None:
    assert registered_domain(url) == domain


def test_a_link_shows_its_title_and_goes_where_it_says() -> None:
    assert link("a|b <c> *d*", "https://x.example/?a=1&b=2") == (
        "<https://x.example/?a=1&amp;b=2|a∣b &lt;c&gt; ∗d∗>"
    )
    assert link("", None) == "(no title)"
    assert link("t", "javascript:x") == "t"
    assert link("t", "https://x.example/" + "&" * 400) == "t"


# ── times ─────────────────────────────────────────────────────────────────────

NOON = datetime(2018, 11, 12, 5, 20, tzinfo=UTC)


def test_a_time_is_the_readers_with_a_readable_fallback() -> None:
    assert moment(NOON) == ("<!date^1542000000^{date_short_pretty} {time}|12 Nov 2018 05:20 UTC>")
    assert moment(NOON, ZoneInfo("Asia/Seoul")).endswith("|12 Nov 2018 14:20 KST>")


def test_times_that_clients_disagree_about_are_plain() -> None:
    assert moment(datetime(1950, 1, 2, tzinfo=UTC)) == "2 Jan 1950 00:00 UTC"


def test_the_ends_of_the_calendar_have_times_too() -> None:
    assert (
        plain_moment(datetime.max.replace(tzinfo=UTC), ZoneInfo("Asia/Seoul"))
        == "31 Dec 9999 23:59 UTC"
    )
    assert (
        plain_moment(datetime.min.replace(tzinfo=UTC), ZoneInfo("America/New_York"))
        == "1 Jan 1 00:00 UTC"
    )


def test_a_zones_name_cannot_end_the_time() -> None:
    odd = timezone(timedelta(hours=1), "<a|b>")
    assert moment(NOON, odd).endswith("|12 Nov 2018 06:20 ab>")
