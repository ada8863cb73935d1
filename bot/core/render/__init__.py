"""What people see: alerts, digests and replies as Block Kit, within Slack's limits for any input."""

from bot.core.render.alert import alert_message, rule_label, source_line, why_line
from bot.core.render.digest import Digest, DigestBar, DigestStory, bar_line, digest_message
from bot.core.render.markup import (
    code,
    cut_markup,
    escape,
    link,
    literal,
    moment,
    plain_moment,
    registered_domain,
    shorten,
    web_link,
)
from bot.core.render.reply import Button, notice_message, reply_message

__all__ = [
    "Button",
    "Digest",
    "DigestBar",
    "DigestStory",
    "alert_message",
    "bar_line",
    "code",
    "cut_markup",
    "digest_message",
    "escape",
    "link",
    "literal",
    "moment",
    "notice_message",
    "plain_moment",
    "registered_domain",
    "reply_message",
    "rule_label",
    "shorten",
    "source_line",
    "web_link",
    "why_line",
]
