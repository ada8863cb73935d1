"""Rules of which people find too little useful: their owners are told once, with a narrower rule."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.core.entities import Gazetteer
from bot.core.models import Rule
from bot.core.render import precision_message
from bot.core.rules.narrower import Narrower, Verdict, narrower
from bot.store import Store
from bot.store.deliveries import delivery_id

MEMORY = timedelta(days=90)  #: older votes are about older days
FEWEST_VOTES = 20
TOO_LITTLE = 0.6  #: of the votes


def review(
    store: Store, gazetteer: Gazetteer, rule_id: int, *, admins: Collection[str], now: datetime
) -> bool:
    """Tell who answers for a rule that too little of it is useful, once for each of its queries.

    Args:
        store: where votes are, and the outbox.
        gazetteer: the names known.
        rule_id: of a rule that was just judged.
        admins: who answers for rules of a file.
        now: the time.

    Returns:
        Whether somebody was told.
    """
    rule = store.rules.get(rule_id)
    if rule is None or store.rules.is_removed(rule_id):
        return False
    judged = store.votes.judged(now - MEMORY, is_current=True, rule_id=rule_id)
    votes = judged.get(rule_id)
    if votes is None or votes.votes < FEWEST_VOTES or votes.useful >= votes.votes * TOO_LITTLE:
        return False
    subject = f"precision:W{rule_id}:{_digest(rule.query)}"
    people = [
        person
        for person in _people(rule, admins)
        if store.deliveries.get(delivery_id(person, subject, "notice")) is None
    ]
    if not people:
        return False
    found = proposal(store, gazetteer, rule, now=now)
    changes = len(store.rules.history(rule_id))
    message = precision_message(
        rule,
        useful=votes.useful,
        votes=votes.votes,
        found=found,
        value=f"{rule_id}.{changes}.{_digest(found.query)}" if found else "",
        is_filed=rule.owner[:1] not in {"U", "W"} and rule.owner != "console",
    )
    with store.transaction():
        for person in people:
            store.deliveries.tell(person, subject, message, now=now)
    return True


def proposal(store: Store, gazetteer: Gazetteer, rule: Rule, *, now: datetime) -> Narrower | None:
    """Return a narrower rule that the votes suggest."""
    verdicts = []
    for entry_id, is_useful in store.votes.verdicts(rule.id, now - MEMORY):
        stored = store.entries.get(entry_id)
        if stored:
            verdicts.append(Verdict(stored.entry, is_useful))
    return narrower(rule.query, verdicts, gazetteer)


def is_meant(found: Narrower, digest: str) -> bool:
    """Say whether a button that carries this digest was about this narrower rule."""
    return _digest(found.query) == digest


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:12]


def _people(rule: Rule, admins: Collection[str]) -> list[str]:
    if rule.owner[:1] in {"U", "W"}:
        return [rule.owner]
    return [rule.channel] if rule.owner == "console" else sorted(admins)
