"""An operator's own write as a test does it: through the verbs, or through the page as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from agents import by_operator
from conversations import lifecycle
from conversations.models import Conversation
from tests.cast import olga
from tests.house import House
from tools import writes
from tools.models import ToolCall


def taken_over(house: House, email: str = "alice@example.com", user: Any = None) -> Conversation:
    row, _ = house.ask(house.customer(email), "I want to talk to a person")
    return lifecycle.take_over(row, user or olga())


def looked(row: Conversation, capability: str, user: Any = None, **args: Any) -> str:
    """What the page carries after the look."""
    who = user or olga()
    seen = by_operator.look(row, who, writes.arguments(capability, args))
    return by_operator.carry(seen, by_operator.opinions(seen), "photo seen")


def act(row: Conversation, capability: str, user: Any = None, **args: Any) -> ToolCall:
    who = user or olga()
    return by_operator.do(row, who, looked(row, capability, who, **args))


class Fields(HTMLParser):
    """What a form would send if nobody touched it, and what each of its fields offers."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.offered: dict[str, list[str]] = {}
        self.action = ""
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form" and given.get("method") == "post":
            self.action, self.sent, self.offered = given["action"], {}, {}
        elif tag == "select":
            self._select = name
            self.offered[name] = []
        elif tag == "option" and self._select:
            self.offered[self._select].append(given["value"])
            if "selected" in given or len(self.offered[self._select]) == 1:
                self.sent[self._select] = [given["value"]]
        elif tag == "textarea":
            self._area = name
            self.sent[name] = [""]
        elif tag == "input" and name:
            self.input(name, given)

    def input(self, name: str, given: dict[str, str]) -> None:
        if given.get("type") == "checkbox":
            self.offered.setdefault(name, []).append(given["value"])
            if "checked" not in given:
                return
        self.sent.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] = [data.lstrip("\n")]


class Page:
    """The panel in a conversation, for whoever is signed in."""

    def __init__(self, row: Conversation, user: Any = None) -> None:
        self.row, self.client = row, Client()
        self.client.force_login(user or olga())
        self.html, self.status = "", 0

    def open(self, deed: str = "", **more: str) -> Page:
        about = {"conversation": str(self.row.public_id), "deed": deed, **more}
        return self._read(self.client.get("/console/agent/writes/", about))

    def fields(self) -> Fields:
        """Of the last form on the page."""
        found = Fields()
        found.feed(self.html)
        return found

    def send(self, **typed: Any) -> Page:
        """The last form as it stands, with what was typed over it."""
        form = self.fields()
        return self._read(self.client.post(form.action, form.sent | typed))

    def send_raw(self, address: str, **typed: Any) -> Page:
        return self._read(self.client.post(address, typed))

    def errors(self) -> list[str]:
        """The sentences beside fields."""
        return list(self._texts('field-error" role="alert">'))

    def notices(self) -> list[str]:
        return list(self._texts('class="notice'))

    def _texts(self, mark: str) -> Iterator[str]:
        for part in self.html.split(mark)[1:]:
            text = re.sub(r"<[^>]*>", " ", part.partition("</p>")[0].partition("</div>")[0])
            yield " ".join(unescape(text.partition(">")[2] if mark.endswith("notice") else text).split())

    def _read(self, answer: Any) -> Page:
        self.html, self.status = answer.content.decode().partition('id="write"')[2], answer.status_code
        return self
