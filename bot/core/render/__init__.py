"""What people see: alerts, digests and replies as Block Kit, within Slack's limits for any input."""

from bot.core.render.alert import alert_message, rule_label, source_line, why_line
from bot.core.render.blocks import followed
from bot.core.render.choices import MORE, NOT_USEFUL, USEFUL
from bot.core.render.digest import Chart, Digest, DigestBar, DigestStory, bar_line, digest_message
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
from bot.core.render.muting import mute_ended_message, mute_label
from bot.core.render.reply import Button, notice_message, reply_message
from bot.core.render.standin import (
    DISMISS,
    POST_ALL,
    RESUME_CHANNEL,
    ROLLING_LINES,
    SHOW_HELD,
    CatchUp,
    catchup_message,
    held_message,
    paused_message,
    repeated,
    rolling_message,
    span,
    working_again_message,
)
from bot.core.render.thread import SPLIT, report_message

__all__ = [
    "DISMISS",
    "MORE",
    "NOT_USEFUL",
    "POST_ALL",
    "RESUME_CHANNEL",
    "ROLLING_LINES",
    "SHOW_HELD",
    "SPLIT",
    "USEFUL",
    "Button",
    "CatchUp",
    "Chart",
    "Digest",
    "DigestBar",
    "DigestStory",
    "alert_message",
    "bar_line",
    "catchup_message",
    "code",
    "cut_markup",
    "digest_message",
    "escape",
    "followed",
    "held_message",
    "link",
    "literal",
    "moment",
    "mute_ended_message",
    "mute_label",
    "notice_message",
    "paused_message",
    "plain_moment",
    "registered_domain",
    "repeated",
    "reply_message",
    "report_message",
    "rolling_message",
    "rule_label",
    "shorten",
    "source_line",
    "span",
    "web_link",
    "why_line",
    "working_again_message",
]
