"""The same entry again, or another one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.models import Entry
from bot.core.sameness import Known, change, marks, same_again, site, without_shared_keys

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TITLE = "Survey finds thirteen hidden missile bases"


def entry(
    key: str = "k2", title: str = TITLE, url: str | None = "https://a.example/1", summary: str = "s"
) -> Entry:
    return Entry(key=key, title=title, url=url, summary=summary, published=NOW)


def known(of: Entry, *, feed_id: int = 1, key: str = "k1") -> Known:
    return Known(
        id=7,
        feed_id=feed_id,
        key=key,
        marks=marks(of, now=NOW),
        url=of.url,
        title=of.title,
        summary=of.summary,
        published=of.published,
        is_baseline=False,
        same_as=None,
        story_id=3,
    )


def again(new: Entry, old: Known, *, feed_id: int = 1, document: set[str] | None = None) -> bool:
    return same_again(new, marks(new, now=NOW), feed_id, [old], document or {new.key}) is old


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://feeds.bbc.co.uk/news", "bbc.co.uk"),
        ("https://www.reuters.com/x", "reuters.com"),
        ("https://yna.co.kr/rss", "yna.co.kr"),
        ("https://co.uk/", "co.uk"),
        ("https://localhost/", "localhost"),
        (None, ""),
    ],
)
def test_site(url: str | None, expected: str) -> None:
    assert site(url) == expected


def test_a_changed_guid_with_the_same_link_is_the_same_entry() -> None:
    assert again(entry(title="Now called something else"), known(entry()))


def test_a_decorated_link_is_the_same_link() -> None:
    assert again(entry(url="https://A.example/1?utm_source=rss#top", title="Other"), known(entry()))


def test_entries_side_by_side_that_share_a_link_are_two() -> None:
    live = entry(title="Live: second update of the day on the same page")
    assert not again(live, known(entry()), document={"k1", "k2"})


def test_copies_side_by_side_are_one() -> None:
    assert again(entry(), known(entry()), document={"k1", "k2"})


def test_a_home_page_link_says_nothing() -> None:
    old = known(entry(url="https://a.example/", title="Something else that day, quite long"))
    assert not again(entry(url="https://a.example/"), old)


def test_same_title_and_day_under_another_link_of_the_outlet_is_the_same_entry() -> None:
    assert again(entry(url="https://a.example/slug-2"), known(entry()))


def test_the_title_in_another_feed_needs_the_summary_too() -> None:
    elsewhere = entry(url="https://a.example/slug-2", summary="told differently")
    assert not again(elsewhere, known(entry()), feed_id=2)
    assert again(entry(url="https://a.example/slug-2"), known(entry()), feed_id=2)
    assert again(entry(url="https://a.example/slug-2", summary=""), known(entry()), feed_id=2)


def test_short_titles_recur_without_being_the_same() -> None:
    brief = entry(title="Morning brief", url="https://a.example/2")
    assert not again(brief, known(entry(title="Morning brief")))


def test_another_outlet_with_the_same_title_is_another_entry() -> None:
    assert not again(entry(url="https://b.example/1"), known(entry()), feed_id=2)


def test_what_shares_nothing_is_new() -> None:
    unlike = entry(title="Quite another development somewhere", url="https://a.example/9")
    assert not again(unlike, known(entry()))


def test_an_entry_without_a_link_is_known_by_its_feed_and_title() -> None:
    assert again(entry(url=None), known(entry(url=None)))


@pytest.mark.parametrize(
    ("new", "words", "text"),
    [
        (entry(), "", False),
        (entry(url="https://a.example/1?utm_medium=x"), "", False),
        (entry(title="New"), "re-titled", True),
        (entry(summary="New"), "rewritten", True),
        (Entry(key="k2", title=TITLE, summary="s", url="https://a.example/1"), "", False),
        (
            Entry(
                key="k2",
                title="New",
                summary="other",
                url="https://a.example/2",
                published=datetime(2026, 5, 2, tzinfo=UTC),
            ),
            "re-titled, rewritten, re-dated, moved",
            True,
        ),
    ],
)
def test_change(new: Entry, words: str, text: bool) -> None:
    differs = change(new, marks(new, now=NOW), known(entry()))
    assert (differs.words, differs.text) == (words, text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://anna.substack.com/feed", "anna.substack.com"),
        ("https://substack.com/feed", "substack.com"),
        ("https://ben.blogspot.com/atom.xml", "ben.blogspot.com"),
        ("https://ben.blogspot.co.uk/atom.xml", "ben.blogspot.co.uk"),
        ("https://blogspot.co.uk/", "blogspot.co.uk"),
        ("https://team.github.io/blog/feed.xml", "team.github.io"),
        ("http://10.20.30.40:8080/rss", "10.20.30.40"),
        ("http://[2001:db8::1]/rss", "2001:db8::1"),
        ("https://www.a.example./rss", "a.example"),
    ],
)
def test_a_site_is_what_one_owner_holds(url: str, expected: str) -> None:
    assert site(url) == expected


def test_what_was_alerted_comes_before_what_only_stood_on_a_first_poll() -> None:
    old = replace(known(entry(), feed_id=2), is_baseline=True)
    told = replace(known(entry(), feed_id=3), id=8)
    own = marks(entry(), now=NOW)
    assert same_again(entry(), own, 1, [old, told], {"k2"}) is told
    assert same_again(entry(), own, 1, [old], {"k2"}) is old


def test_without_date_and_link_the_title_lasts_beyond_the_day() -> None:
    bare = Entry(key="k", title=TITLE)
    assert marks(bare, now=NOW) == marks(bare, now=NOW + timedelta(days=9))
    linked = replace(bare, url="https://a.example/1")
    assert marks(linked, now=NOW).title != marks(linked, now=NOW + timedelta(days=9)).title


def test_whoever_comes_first_does_not_own_a_shared_guid() -> None:
    def first(*names: str) -> list[str]:
        shared = [Entry(key=f"0#{n:08x}", title=name) for n, name in enumerate(names[1:])]
        top = Entry(key="0", title=names[0], url=f"https://a.example/{names[0]}")
        return [one.key for one in without_shared_keys([top, *shared])]

    assert first("a", "b")[0] != "0"
    assert first("a", "b")[0] != first("c", "a")[0]
    assert first("a", "b")[0] == first("a", "c", "d")[0]
    assert first("a") == ["0"], "alone it keeps what it has"
    alike = [Entry(key="u", title="x"), Entry(key="u#1", title="y")]
    assert [one.key for one in without_shared_keys(alike)] == ["u", "u#1"]


def test_entries_that_share_even_their_link_are_told_apart_by_title() -> None:
    link = "https://a.example/map"
    both = [
        Entry(key=link, title="A map", url=link),
        Entry(key=f"{link}#ef733cfa", title="B", url=link),
    ]
    keys = [one.key for one in without_shared_keys(both)]
    assert len(set(keys)) == 2
    turned = [replace(both[1], key=link), replace(both[0], key=f"{link}#ef733cfa")]
    assert {one.key for one in without_shared_keys(turned)} == set(keys), "in either order"
    lone = [Entry(key="x#deadbeef", title="A guid that looks so")]
    assert without_shared_keys(lone) == lone
