"""Contacts by which texts are of one hand: phones, handles, e-mails, links and licence numbers, in one spelling."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import regex

from tip_nlp.campaigns.slots import Entities

# Hosts that everyone uses: only a page on them says who is meant, and there the query often is the page.
PLATFORMS = frozenset({
    "facebook.com", "fb.com", "fb.me", "m.me", "messenger.com", "instagram.com", "tiktok.com", "vm.tiktok.com",
    "youtube.com", "youtu.be", "twitter.com", "x.com", "linkedin.com", "snapchat.com", "pinterest.com", "reddit.com",
    "wa.me", "whatsapp.com", "api.whatsapp.com", "chat.whatsapp.com", "t.me", "telegram.me", "telegram.org",
    "imo.im", "discord.gg", "discord.com", "linktr.ee", "bit.ly", "tinyurl.com", "goo.gl", "cutt.ly", "forms.gle",
    "google.com", "docs.google.com", "drive.google.com", "maps.google.com", "maps.app.goo.gl", "play.google.com",
    "apps.apple.com", "gmail.com", "yahoo.com", "outlook.com", "olx.com.pk", "rozee.pk", "dubizzle.com", "indeed.com",
})  # fmt: skip
# Names that are no one's: groups of readers, mail providers torn from an address, a page's own words.
_NO_ONE = frozenset({
    "@all", "@everyone", "@here", "@channel", "@admin", "@followers", "@highlight", "@friends", "@gmail", "@yahoo",
    "@hotmail", "@outlook", "@icloud", "@live", "@gmail.com", "@yahoo.com", "@hotmail.com", "@outlook.com",
})  # fmt: skip
# Doors of a platform that lead to no one page.
_DOORS = frozenset({
    "groups", "watch", "share", "sharer", "search", "hashtag", "profile.php", "send", "login", "home", "p", "s", "reel",
    "reels", "explore", "channel", "c", "jobs", "forms", "d", "joinchat",
})  # fmt: skip
_LEAST_DIGITS = 4  # of a licence number; "licence 100" may be anything


def contact_keys(entities: Entities) -> frozenset[str]:
    """One key per contact that says who is behind a text, such as ``phone:+923000000000``."""
    return frozenset(key for each in entities for key in _keys(each["type"], each["value"], each.get("details") or {}))


def contact_hash(key: str) -> int:
    """A signed 64-bit number for a key, so that no contact needs to be stored."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)


def _keys(kind: str, value: str, details: dict[str, str]) -> Iterator[str]:
    if kind in ("phone", "email"):
        yield f"{kind}:{value.casefold()}"
    elif kind == "handle" and value.casefold() not in _NO_ONE:
        yield f"handle:{value.casefold()}"
    elif kind == "licence" and _is_number(value):
        yield f"licence:{value}"
    elif kind == "link":
        if phone := details.get("phone"):
            yield f"phone:{phone}"
        elif page := _page(value):
            yield f"link:{page}"


def _is_number(licence: str) -> bool:
    """Long enough to be someone's, and no blank such as 0000."""
    digits = regex.findall(r"\d", licence)
    return len(digits) >= _LEAST_DIGITS and len(set(digits)) > 1


def _page(link: str) -> str | None:
    """Host and path; None where they lead to a platform rather than to someone on it."""
    try:
        parts = urlsplit(link)
        host = regex.sub(r"^(?:www|m|web|mobile|[a-z]{2}-[a-z]{2})\.", "", (parts.hostname or ""))
    except ValueError:  # brackets that are no IPv6 address
        return None
    steps = [step for step in parts.path.split("/") if step]
    if host not in PLATFORMS:
        return "/".join([host, *steps]) if "." in host else None
    asked = sorted(f"{name}={value[0]}" for name, value in parse_qs(parts.query).items() if name in ("id", "v", "p"))
    named = [step for step in steps if step.casefold() not in _DOORS]
    return "/".join([host, *steps, *asked]) if named or asked else None
