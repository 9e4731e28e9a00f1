"""The fixed cast: Alice, Bob and Mallory write to us; Olga and Max work in the console."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import Group, User
from django.test import Client

from config import seed as house_seed
from conversations import inbox
from conversations.channels import web
from conversations.inbox import Received
from conversations.models import Customer


def alice() -> Customer:
    return Customer.objects.get_or_create(
        external_ref="cus_alice", defaults={"email": "alice@example.com", "first_name": "Alice", "last_name": "Moreau"}
    )[0]


def mallory() -> Customer:
    return Customer.objects.get_or_create(
        external_ref="cus_mallory", defaults={"email": "mallory@example.com", "first_name": "Mallory"}
    )[0]


def olga() -> User:
    return User.objects.get_or_create(username="olga", defaults={"first_name": "Olga", "is_staff": True})[0]


def max_() -> User:
    return User.objects.get_or_create(username="max", defaults={"first_name": "Max", "is_staff": True})[0]


def bill() -> User:
    """Decides what is above an operator's limit."""
    return in_group("bill", "Bill", "Billing specialists")


def manager() -> User:
    """Max, in his role."""
    return in_group("max", "Max", "Managers")


def mia() -> User:
    """The second manager."""
    return in_group("mia", "Mia", "Managers")


def in_group(username: str, first: str, group: str) -> User:
    user = User.objects.get_or_create(username=username, defaults={"first_name": first, "is_staff": True})[0]
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def someone(name: str, *groups: str) -> Client:
    """A signed-in member of the staff in these groups, with the rights that the house gives them."""
    house_seed.seed_roles()
    user = User.objects.get_or_create(username=name, defaults={"is_staff": True})[0]
    user.groups.add(*Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def says(who: Customer, text: str, conversation: uuid.UUID | None = None, client_id: str | None = None) -> Received:
    """`who` writes in the widget."""
    frame = {"client_id": client_id or uuid.uuid4().hex, "text": text}
    return inbox.receive(web.adapt(frame, who.pk, conversation))
