"""What the buttons of an alert do: say whether it was useful, ask why, take a report out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands.access import may_read
from bot.commands.changes import EDIT_FORM
from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.line import first_word, numbered, tidy
from bot.commands.say import named
from bot.core.models import Delivery, Entry, Message, Rule
from bot.core.render import SPLIT, Button, code, link, literal, moment, reply_message, shorten
from bot.core.render.blocks import mrkdwn
from bot.errors import CommandError
from bot.precision import review
from bot.store.changes import STORY
from bot.store.entries import StoredEntry

TAKE_BACK = "vote_undo"  #: action id of the Undo below a vote

_SAID = {True: "useful", False: "not useful"}
_SPELLED = {"useful": True, "good": True, "not": False, "not useful": False, "useless": False}
_MOST = 5  #: rules or reports to choose from


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as its buttons mean it."""

    post: Delivery
    story_id: int
    entry: Entry  #: the report it shows
    rules: tuple[Rule, ...]  #: those that fired, lowest id first


def shown_alert(desk: Desk, asker: Asker, delivery_id: str) -> Shown:
    """Return the alert that a button stands under.

    Raises:
        CommandError: it is out of date; says who changed what, and when.
    """
    post, story_id = post_of(desk, asker, delivery_id)
    owed = desk.store.deliveries.owed(post)
    if owed is None:
        raise out_of_date(desk, asker, post)
    return Shown(post, story_id, owed.entry, owed.rules)


def post_of(desk: Desk, asker: Asker, delivery_id: str) -> tuple[Delivery, int]:
    """Return the delivery that an alert is, and its story, whatever became of its rules.

    Raises:
        CommandError: it is not known, or not for the asker to see.
    """
    post = desk.store.deliveries.get(delivery_id)
    if post is None or post.story_id is None or not may_read(desk, asker, post.channel):
        raise refuse(
            "I don't know this alert any more: my records begin after it. Nothing was changed.",
            f"What I know of a report: `{asker.invoked_as} why` and its link",
        )
    return post, post.story_id


def out_of_date(desk: Desk, asker: Asker, post: Delivery) -> CommandError:
    """Return the error that says what became of an alert: who changed what, and when."""
    changes = desk.store.changes.of(STORY, post.story_id or 0, limit=1)
    if changes:
        last = changes[0]
        return refuse(
            f"This button is out of date: the story was {last.what} by {who(last.who)} "
            f"{moment(last.at, asker.local)}: {literal(last.detail)}. Nothing was changed.",
            f"How it is now: `{asker.invoked_as} why` and the alert's link",
        )
    return refuse(
        "This button is out of date: the rules of this alert were removed or moved since, or what "
        "it shows was forgotten. Nothing was changed.",
        f"Who changed what: `{asker.invoked_as} history`",
    )


# ── votes ─────────────────────────────────────────────────────────────────────


def useful_pressed(desk: Desk, asker: Asker, value: str) -> Reply:
    """Note that the asker found an alert useful."""
    return _voted(desk, asker, shown_alert(desk, asker, value), useful=True)


def not_useful_pressed(desk: Desk, asker: Asker, value: str) -> Reply:
    """Note that the asker did not find an alert useful."""
    return _voted(desk, asker, shown_alert(desk, asker, value), useful=False)


def judge(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say by words whether the alert of a story was useful."""
    word, rest = first_word(tidy(text))
    useful = _SPELLED.get(rest.lower())
    number = numbered(word, "S")
    if number is None or useful is None:
        raise refuse(
            "Which story's alert, and how was it? Like this:",
            code(f"{asker.invoked_as} judge S88 useful"),
            code(f"{asker.invoked_as} judge S88 not useful"),
        )
    return _voted(desk, asker, alert_of(desk, asker, number), useful=useful)


def alert_of(desk: Desk, asker: Asker, story_id: int) -> Shown:
    """Return the alert of a story: of this channel, else the first one that the asker can read.

    Raises:
        CommandError: there is none.
    """
    posts = [one for one in desk.store.deliveries.posts(story_id) if one.ts]
    posts.sort(key=lambda post: post.channel != asker.channel)
    known = next((post for post in posts if may_read(desk, asker, post.channel)), None)
    if known is None:
        raise refuse(
            f"S{story_id} has no alert that you can see.",
            f"An alert's story is named by `{asker.invoked_as} why` and the alert's link.",
        )
    return shown_alert(desk, asker, known.id)


def _voted(desk: Desk, asker: Asker, alert: Shown, *, useful: bool) -> Reply:
    votes = desk.store.votes
    with desk.store.transaction():
        was = votes.of(alert.post.id, asker.user)
        votes.cast(alert.post.id, asker.user, useful, now=desk.clock())
    for rule in alert.rules:
        review(desk.store, desk.book.gazetteer, rule.id, admins=desk.admins, now=desk.clock())
    before = "" if was in {None, useful} else f", no longer {_SAID[not useful]}"
    rules = ", ".join(named(rule) for rule in alert.rules[:_MOST])
    mark = ":+1:" if useful else ":-1:"
    return reply(
        f"{mark} Noted: {_SAID[useful]}{before}. It counts for {rules}.",
        f"By words: `{asker.invoked_as} judge S{alert.story_id} {_SAID[useful]}`",
        buttons=(_take_back(alert.post.id, was=was, now=useful),),
    )


def _take_back(delivery_id: str, *, was: bool | None, now: bool | None) -> Button:
    """Return the button that puts a vote back to what it was."""
    value = f"{delivery_id}.{_MARKS[was]}.{_MARKS[now]}"
    return Button(text="Undo", action_id=TAKE_BACK, value=value)


_MARKS: dict[bool | None, str] = {True: "u", False: "n", None: "-"}


def vote_taken_back(desk: Desk, asker: Asker, value: str) -> Reply:
    """Put a vote back to what it was before, unless it was changed since."""
    delivery_id, _, marks = value.partition(".")
    post_of(desk, asker, delivery_id)
    votes = {mark: vote for vote, mark in _MARKS.items()}
    was, _, now = marks.partition(".")
    before, after = votes.get(was), votes.get(now)
    with desk.store.transaction():
        current = desk.store.votes.of(delivery_id, asker.user)
        if current is not after:
            said = "take it back" if current is None else f"say that it is {_SAID[current]}"
            raise refuse(f"This button is out of date: you chose to {said} since. Nothing changed.")
        desk.store.votes.cast(delivery_id, asker.user, before, now=desk.clock())
    words = f"It is *{_SAID[before]}* again" if before is not None else "You said nothing of it"
    return reply(f":white_check_mark: Taken back. {words}.")


# ── the menu ──────────────────────────────────────────────────────────────────


def which_rule(alert: Shown) -> Reply:
    """Ask which of an alert's rules is to be edited; each has its own button."""
    lines = [(f"{named(rule)}", rule.id) for rule in alert.rules[:_MOST]]
    text = "Which rule?"
    blocks = [
        {"type": "section", "text": mrkdwn(text)},
        *(
            {
                "type": "section",
                "text": mrkdwn(line),
                "accessory": {
                    "type": "button",
                    "action_id": EDIT_FORM,
                    "text": {"type": "plain_text", "text": f"Edit W{number}", "emoji": False},
                    "value": str(number),
                },
            }
            for line, number in lines
        ),
    ]
    return Reply(message=Message(text=text, blocks=tuple(blocks)))


def another_story(desk: Desk, asker: Asker, delivery_id: str) -> Reply:
    """Ask which report of an alert's story does not belong to it."""
    alert = shown_alert(desk, asker, delivery_id)
    told = [one for one in desk.store.entries.of_story(alert.story_id) if one.same_as is None]
    if len(told) == 1:
        return reply(
            f"S{alert.story_id} has only this one report: there is nothing to take out.",
            f"If it tells what another story tells: `{asker.invoked_as} story join S88 "
            f"S{alert.story_id}`",
        )
    latest = told[-_MOST:]
    rest = len(told) - len(latest)
    message = reply_message(
        [
            f"Which report does not belong to S{alert.story_id}?",
            f"{rest:,} earlier: `{asker.invoked_as} story S{alert.story_id}`" if rest else "",
        ]
    )
    rows = tuple(block for one in latest for block in _report(one))
    return Reply(message=Message(text=message.text, blocks=(*message.blocks, *rows)))


def _report(one: StoredEntry) -> tuple[dict[str, object], ...]:
    title = link(shorten(one.entry.title, 100), one.entry.url)
    button = {
        "type": "button",
        "action_id": SPLIT,
        "text": {"type": "plain_text", "text": "Take out", "emoji": False},
        "value": str(one.entry.id),
    }
    said = f"{literal(shorten(one.entry.outlet, 40))}: {title}"
    return ({"type": "section", "text": mrkdwn(said), "accessory": button},)
