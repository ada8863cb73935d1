"""Write an outlet's entries as the document its feed serves: RSS, RDF, Atom or JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

from bot.demo.outlets import DemoEntry, Format, Outlet

Dated = Callable[[DemoEntry], datetime]

CONTENT_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def write_document(outlet: Outlet, entries: Sequence[DemoEntry], dated: Dated) -> bytes:
    """Return the document for `entries`, in the outlet's format and encoding.

    Args:
        outlet: whose feed it is.
        entries: what it serves, in order.
        dated: when an entry was published (aware).
    """
    return _WRITERS[outlet.format](outlet, entries, dated).encode(outlet.encoding)


def _when(outlet: Outlet, entry: DemoEntry, dated: Dated) -> datetime:
    zone = timezone(timedelta(hours=outlet.tz)) if outlet.tz else UTC
    return dated(entry).astimezone(zone).replace(microsecond=0)


def _element(name: str, text: str, attributes: str = "") -> str:
    """Return an element, or nothing at all when it would be empty."""
    return f"<{name}{attributes}>{escape(text, quote=False)}</{name}>" if text else ""


def _markup(outlet: Outlet, entry: DemoEntry) -> str:
    """Return a summary for an element that holds HTML by custom: plain text is escaped for it."""
    body = entry.summary if entry.html else escape(entry.summary, quote=False)
    return f"<![CDATA[{body}]]>" if outlet.cdata else escape(body, quote=False)


def _rss(outlet: Outlet, entries: Sequence[DemoEntry], dated: Dated) -> str:
    items = "\n".join(_rss_item(outlet, entry, dated) for entry in entries)
    return f"""<?xml version="1.0" encoding="{outlet.encoding}"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
{_element("title", outlet.title)}
{_element("link", outlet.site)}
{_element("description", outlet.about)}
{_element("language", outlet.lang)}
{items}
</channel>
</rss>
"""


def _rss_item(outlet: Outlet, entry: DemoEntry, dated: Dated) -> str:
    link, guid = outlet.link_of(entry), outlet.guid_of(entry)
    permalink = ' isPermaLink="true"' if guid == link else ' isPermaLink="false"'
    return f"""<item>
{_element("title", entry.title)}
{_element("link", link)}
{_element("guid", guid, permalink)}
{_element("category", entry.section)}
{_element("dc:creator", entry.author)}
{_element("pubDate", format_datetime(_when(outlet, entry, dated)))}
<description>{_markup(outlet, entry)}</description>
</item>"""


def _rdf(outlet: Outlet, entries: Sequence[DemoEntry], dated: Dated) -> str:
    names = "\n".join(f'<rdf:li rdf:resource="{escape(outlet.guid_of(e))}"/>' for e in entries)
    items = "\n".join(_rdf_item(outlet, entry, dated) for entry in entries)
    return f"""<?xml version="1.0" encoding="{outlet.encoding}"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="{escape(outlet.site)}">
{_element("title", outlet.title)}
{_element("link", outlet.site)}
{_element("description", outlet.about)}
{_element("dc:language", outlet.lang)}
<items><rdf:Seq>
{names}
</rdf:Seq></items>
</channel>
{items}
</rdf:RDF>
"""


def _rdf_item(outlet: Outlet, entry: DemoEntry, dated: Dated) -> str:
    return f"""<item rdf:about="{escape(outlet.guid_of(entry))}">
{_element("title", entry.title)}
{_element("link", outlet.link_of(entry))}
{_element("dc:subject", entry.section)}
{_element("dc:creator", entry.author)}
{_element("dc:date", _when(outlet, entry, dated).isoformat())}
<description>{_markup(outlet, entry)}</description>
</item>"""


def _atom(outlet: Outlet, entries: Sequence[DemoEntry], dated: Dated) -> str:
    items = "\n".join(_atom_entry(outlet, entry, dated) for entry in entries)
    updated = max(_when(outlet, entry, dated) for entry in entries)
    return f"""<?xml version="1.0" encoding="{outlet.encoding}"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.lang}">
{_element("title", outlet.title)}
{_element("subtitle", outlet.about)}
{_element("id", outlet.site)}
<link href="{escape(outlet.site)}"/>
{_element("updated", updated.isoformat())}
{items}
</feed>
"""


def _atom_entry(outlet: Outlet, entry: DemoEntry, dated: Dated) -> str:
    when = _when(outlet, entry, dated).isoformat()
    kind = ' type="html"' if entry.html else ' type="text"'
    return f"""<entry>
{_element("title", entry.title)}
<link href="{escape(outlet.link_of(entry))}"/>
{_element("id", outlet.guid_of(entry))}
<category term="{escape(entry.section)}"/>
<author>{_element("name", entry.author)}</author>
{_element("published", when)}
{_element("updated", when)}
{_element("summary", entry.summary, kind)}
</entry>"""


def _json(outlet: Outlet, entries: Sequence[DemoEntry], dated: Dated) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.title,
            "description": outlet.about,
            "home_page_url": outlet.site,
            "language": outlet.lang,
            "items": [_json_item(outlet, entry, dated) for entry in entries],
        },
        ensure_ascii=False,
        indent=1,
    )


def _json_item(outlet: Outlet, entry: DemoEntry, dated: Dated) -> dict[str, object]:
    return {
        "id": outlet.guid_of(entry),
        "url": outlet.link_of(entry),
        "title": entry.title,
        "content_html" if entry.html else "content_text": entry.summary,
        "date_published": _when(outlet, entry, dated).isoformat(),
        "authors": [{"name": entry.author}],
        "tags": [entry.section],
    }


_WRITERS: dict[Format, Callable[[Outlet, Sequence[DemoEntry], Dated], str]] = {
    "rss": _rss,
    "rdf": _rdf,
    "atom": _atom,
    "json": _json,
}
