"""What an empty installation of the demo begins with. Functions, never migrations; running them twice adds nothing."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User

from agents import kits
from agents import seed as agent_seed
from agents.models import Release
from approvals import ladder
from approvals.models import Role
from conversations.identity import Known, customer
from conversations.models import Customer
from knowledge import findings
from knowledge.models import ConfigVersion
from tools import pack

# Who may do what with articles, policy and taxonomy: app.right. Nobody approves what they wrote, whatever their groups.
RIGHTS: Final = {
    "Knowledge editors": (
        "knowledge.add_article",
        "knowledge.change_article",
        "knowledge.view_article",
        "knowledge.view_articleversion",
        "knowledge.view_finding",
        "knowledge.change_finding",
        "knowledge.view_check",
        "knowledge.view_gap",
        "knowledge.add_incident",
        "knowledge.change_incident",
        "knowledge.view_incident",
        "knowledge.view_example",
        "knowledge.change_example",
    ),
    "Managers": ("knowledge.view_finding", "knowledge.view_example"),
    "Policy editors": (
        "knowledge.add_configversion",
        "knowledge.change_configversion",
        "knowledge.view_configversion",
        "agents.view_release",
    ),
    "Policy reviewers": (
        "knowledge.view_configversion",
        "knowledge.review_configversion",
        "knowledge.activate_configversion",
        "agents.view_release",
    ),
}
# Demo only: a production installation makes its own people with `manage.py createsuperuser`.
PEOPLE: Final = (
    ("olga", "handrail", "Olga", "Petrova", "operator"),
    ("bill", "handrail", "Bill", "Sommer", "billing_specialist"),
    ("max", "handrail", "Max", "Weber", "manager"),
    ("mia", "handrail", "Mia", "Lange", "manager"),
    ("admin", "handrail", "Ada", "Admin", "administrator"),
)
# What the demo prints: who, user name, password.
LOGINS: Final = tuple((role.replace("_", " "), username, password) for username, password, _, _, role in PEOPLE)


def seed() -> None:
    """Policy, taxonomy, articles, the first release, the operators, and the customers that the demo page offers."""
    agent_seed.seed()
    findings.refresh()
    warm()
    seed_people()
    if settings.HANDRAIL_DEMO:
        seed_customers(*settings.HANDRAIL_DEMO_CUSTOMERS)


def follow() -> None:
    """After an update of the code: the demo, where nobody has edited anything, takes the pack's policy and intents."""
    edited = ConfigVersion.objects.filter(author__isnull=False).exists()
    agent_seed.seed(from_pack=settings.HANDRAIL_DEMO and not edited)
    warm()
    seed_people()


def seed_people() -> None:
    """The roles, and in the demo somebody for each of them."""
    seed_roles()
    for username, password, first, last, role in PEOPLE if settings.HANDRAIL_DEMO else ():
        seed_operator(username, password, first, last, role)


def seed_roles() -> None:
    """The groups that carry a role of the approvals ladder, or rights to articles and policy; the administrator fills
    them."""
    for name in ladder.GROUPS:
        Group.objects.get_or_create(name=name)
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*[permission(right) for right in rights])


def permission(right: str) -> Permission:
    app, codename = right.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def groups_of(role: str) -> list[str]:
    """In the demo managers write articles and policies and review these as well."""
    return [*[name for name, held in ladder.GROUPS.items() if held == role], *(RIGHTS if role == Role.MANAGER else ())]


def warm() -> None:
    """Train and keep what the first message would otherwise wait for."""
    live = Release.objects.get(status=Release.Status.LIVE)
    kits.load(live.pk).classify("is anybody there", [], None)


def seed_operator(username: str, password: str, first: str, last: str, role: str) -> None:
    user, fresh = User.objects.get_or_create(
        username=username,
        defaults={"first_name": first, "last_name": last, "is_staff": True, "is_superuser": role == "administrator"},
    )
    user.groups.add(*Group.objects.filter(name__in=groups_of(role)))  # an older demo's people get what is new
    if fresh:
        user.set_password(password)
        user.save(update_fields=["password"])


def seed_customers(*addresses: str) -> None:
    """The customers that the demo page offers, as the company's systems know them."""
    for address in addresses:
        account = pack.active().find_customer(address)
        if account is not None:
            pk = customer(Known(account.customer_id, account.email, f"{account.first_name} {account.last_name}"))
            Customer.objects.filter(pk=pk).update(tier=account.tier)
