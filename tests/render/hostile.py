"""Text, addresses, entries and rules as the worst feed could send them."""

from __future__ import annotations

from datetime import UTC

from hypothesis import strategies as st

from bot.core.models import Alert, Entry, Level, Reason, Rule

_FRAGMENTS = [
    "<!channel>", "<!here>", "<!everyone|x>", "<@U0ABC>", "<#C0ABC|general>", "<!subteam^S1>",
    "<https://evil.example|https://good.example>", "<mailto:a@b.example>", "<!date^1^{date}|x>",
    "&amp;", "&lt;!channel&gt;", "&", "<", ">", "|", "*bold*", "_it_", "~st~", "`code`", "```",
    "\n> quote", "\r\n", ":fire:", ":red_circle:", "http://evil.example/x", "www.evil.example",
    "@channel", "#general", "\x1b[31mred", "\x1b]8;;http://evil.example\x07", "\x9b31m", "\x00",
    "\u202e", "\u200b", "\u2066", "\ufeff", "\ud800", "\U000e0041", "[bold]x[/bold]", "missile",
    "북한의 미사일", "朝鲜导弹", "é", "e\u0301", "👩‍👩‍👧", " ", "\u3000", "\u2028", '"', "\\", "{}",
]  # fmt: skip

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map("".join),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(" ".join),
    st.sampled_from(_FRAGMENTS).map(lambda text: text * 90),
    st.characters().map(lambda char: char * 700),
)

_HOSTS = [
    "example.com",
    "www.yna.co.kr",
    "例え.jp",
    "[::1]",
    "1.2.3.4",
    "a b.example",
    "x|y",
    "xn--p1ai",
]
urls = st.one_of(
    st.none(),
    texts,
    st.builds(
        lambda scheme, host, path: f"{scheme}{host}/{path}",
        st.sampled_from(["https://", "http://", "HTTP://", "javascript:", "data:", "ftp://", "https:/", "https://u:p@"]),
        st.sampled_from(_HOSTS),
        texts,
    ),
)  # fmt: skip

whens = st.datetimes(timezones=st.just(UTC))

entries = st.builds(
    Entry,
    key=st.just("k"),
    title=texts,
    summary=texts,
    url=urls,
    published=st.none() | whens,
    updated=st.none() | whens,
    outlet=texts,
)

rules = st.builds(
    Rule,
    name=texts,
    query=st.just("missile"),
    channel=st.just("C1"),
    level=st.sampled_from(Level),
    id=st.integers(0, 2**40),
)

reasons = st.builds(
    Reason,
    field=st.sampled_from(["title", "summary", "url", "author", "tag", "source", "lang"]),
    text=texts,
    start=st.integers(-5, 400),
    end=st.integers(-5, 6000),
    term=texts,
    entity=st.none() | st.sampled_from(["loc:KP", "act:x"]),
    path=st.lists(texts, max_size=5).map(tuple),
)

alerts = st.builds(
    Alert,
    entry=entries,
    rules=st.lists(rules, max_size=40).map(tuple),
    why=st.lists(reasons, max_size=30).map(tuple),
    names=st.dictionaries(st.sampled_from(["loc:KP", "act:x"]), texts),
)
