"""Editors' pages: articles with their versions, and the texts of policy and taxonomy. Statuses move by verbs only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join

from conversations.access import Actor
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError

from . import articles, blast, checks, configs, examples, index, waiting
from .articles import Words
from .models import Article, ArticleVersion, Check, ConfigVersion, Example, Gap, Incident
from .yamltext import YamlTextError

if TYPE_CHECKING:  # generic for the type checker only
    ArticleModelForm = forms.ModelForm[Article]
    ConfigModelForm = forms.ModelForm[ConfigVersion]
    Inline = admin.TabularInline[ArticleVersion, Article]
    CheckPages = admin.ModelAdmin[Check]
    GapPages = admin.ModelAdmin[Gap]
    ExamplePages = admin.ModelAdmin[Example]
    IncidentPages = admin.ModelAdmin[Incident]
    ArticlePages = admin.ModelAdmin[Article]
    ConfigPages = admin.ModelAdmin[ConfigVersion]
else:
    ArticleModelForm = ConfigModelForm = forms.ModelForm
    Inline, ArticlePages, ConfigPages = admin.TabularInline, admin.ModelAdmin, admin.ModelAdmin
    CheckPages, GapPages, IncidentPages, ExamplePages = (admin.ModelAdmin,) * 4

REASON = "admin"
FACTS = ("slug", "topic", "product", "audience", "owner", "review_in")
Verb = Callable[[int, Actor, str], object]


class ArticleForm(ArticleModelForm):
    """The words make a new version; leave them as they are and none is made."""

    title = forms.CharField(max_length=200)
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 24, "cols": 100}), help_text="Markdown.")
    reviewed = forms.BooleanField(
        required=False, label="I have checked that it is right", help_text="Sets the day of the last review to today."
    )

    class Meta:
        model = Article
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = self.instance.versions.first() if self.instance.pk else None
        if newest is not None:
            self.initial.update({"title": newest.title, "body": newest.body})

    @property
    def says_something_new(self) -> bool:
        return bool({"title", "body"} & set(self.changed_data))


class VersionInline(Inline):
    model = ArticleVersion
    fields = readonly_fields = ("number", "title", "updated_on", "reviewed_on", "author", "created_at")
    extra = 0
    can_delete = False
    verbose_name_plural = "versions"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.action(description="Send to review", permissions=["change"])
def submit(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    each(admin_, request, chosen, articles.submit)


@admin.action(description="Publish the newest version", permissions=["change"])
def publish(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
    """Whoever takes back what customers were told sees it first."""
    edits = [edit for row in chosen.select_related("current") if (edit := blast.waiting(row)) and edit.replies]
    if edits and "sure" not in request.POST:
        context = {**admin_.admin_site.each_context(request), "opts": admin_.model._meta, "title": "Publish"}
        chosen_ones = chosen.values_list("pk", flat=True)
        return TemplateResponse(
            request, "admin/knowledge/article/publish.html", {**context, "edits": edits, "chosen": chosen_ones}
        )
    each(admin_, request, chosen, articles.publish)
    return None


@admin.action(description="Send back to the author", permissions=["change"])
def send_back(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    each(admin_, request, chosen, articles.send_back)


@admin.action(description="Confirm: it is right as it stands", permissions=["change"])
def confirm(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    each(admin_, request, chosen.filter(status=Article.Status.PUBLISHED), checks.confirm)


@admin.action(description="Archive", permissions=["change"])
def archive(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    each(admin_, request, chosen, articles.archive)


@admin.action(description="Restore as a draft", permissions=["change"])
def restore(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    each(admin_, request, chosen, articles.restore)


def each(admin_: Any, request: HttpRequest, chosen: QuerySet[Any], verb: Verb) -> None:
    """Run the verb on each chosen row; what was refused is told row by row."""
    done = 0
    for row in chosen:
        try:
            verb(row.pk, editor(request), REASON)
            done += 1
        except NotAllowedError as error:
            admin_.message_user(request, f"{row}: {error}", messages.ERROR)
    if done:
        admin_.message_user(request, f"{done} done.", messages.SUCCESS)


def editor(request: HttpRequest) -> Actor:
    pk = request.user.pk
    assert pk is not None  # the admin lets nobody in who isn't signed in
    return Actor.operator(pk)


@admin.register(Article)
class ArticleAdmin(ArticlePages):
    form = ArticleForm
    list_display = ("title", "slug", "topic", "audience", "status", "owner")
    list_filter = ("status", "topic", "audience")
    list_select_related = ("current",)
    search_fields = ("slug", "versions__title")
    readonly_fields = ("status", "source", "current", "moved_by", "moved_at")
    inlines = (VersionInline,)
    actions = (submit, publish, confirm, send_back, archive, restore)

    @admin.display(ordering="current__title")
    def title(self, obj: Article) -> str:
        """As readers know it; what was never published has its slug."""
        return obj.current.title if obj.current is not None else obj.slug

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        """Words become a new version; a published article whose topic or audience changes is indexed anew at once."""
        if not change:
            obj.external_id, obj.moved_by = obj.slug, editor(request).label
            obj.save()
        else:
            obj.save(update_fields=FACTS)
        today = business_now().date()
        if form.says_something_new:
            words = Words(form.cleaned_data["title"], form.cleaned_data["body"], today, today)
            articles.write(obj, words, request.user)  # type: ignore[arg-type]
            articles.embed_soon(obj)
        elif form.cleaned_data["reviewed"]:
            ArticleVersion.objects.filter(pk=obj.versions.values("pk")[:1]).update(reviewed_on=today)
            checks.confirm(obj.pk, editor(request), REASON)
        if change and {"topic", "audience"} & set(form.changed_data):
            index.reclassify(obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """An edit that waits says how many replies it would make different."""
        original = context.get("original")
        context["edit"] = blast.waiting(original) if original else None
        context["notes"] = waiting.notes(original)[:3] if original else []
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # archive it: old citations have to resolve


@admin.register(Incident)
class IncidentAdmin(IncidentPages):
    """The feed of known issues: what stands here is said first, until it is over."""

    list_display = ("title", "product", "since", "status")
    list_filter = ("status", "product")


class ReadOnly:
    """Rows that the agent writes: an editor reads them, and settles them by what is done to articles."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.action(description="Confirm the page: it is right as it stands", permissions=["view"])
def confirm_page(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    """Everybody who waits for one of these pages is told."""
    if not request.user.has_perm("knowledge.change_article"):
        admin_.message_user(request, "Only who may change articles confirms one.", messages.ERROR)
        return
    pages = set(chosen.filter(settled_at__isnull=True).values_list("version__article", flat=True))
    told = sum(checks.confirm(pk, editor(request), REASON) for pk in pages)
    admin_.message_user(request, f"{len(pages)} confirmed; {told} customers are told.", messages.SUCCESS)


@admin.register(Check)
class CheckAdmin(ReadOnly, CheckPages):
    """The editors' queue: who waits for which page, the oldest first."""

    list_display = ("question", "version", "asked_at", "outcome", "settled_by", "settled_at", "told")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "outcome")
    list_select_related = ("version",)
    ordering = ("-settled_at", "asked_at")
    actions = (confirm_page,)


@admin.register(Gap)
class GapAdmin(ReadOnly, GapPages):
    list_display = ("question", "intent", "confidence", "at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "intent")


@admin.action(description="Choose as an example", permissions=["view"])
def choose(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    settle(admin_, request, chosen, examples.choose)


@admin.action(description="Put back among the candidates", permissions=["view"])
def put_back(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    settle(admin_, request, chosen, examples.put_back)


@admin.action(description="Refuse, and delete the words", permissions=["view"])
def refuse(admin_: Any, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    settle(admin_, request, chosen, examples.refuse)


def settle(admin_: Any, request: HttpRequest, chosen: QuerySet[Any], verb: Verb) -> None:
    if request.user.has_perm("knowledge.change_example"):
        each(admin_, request, chosen, verb)
    else:
        admin_.message_user(request, "Only who may change examples chooses one.", messages.ERROR)


@admin.register(Example)
class ExampleAdmin(ReadOnly, ExamplePages):
    """Past conversations, to be read and then chosen or refused; nobody writes one."""

    list_display: tuple[str, ...] = ("begins", "about", "status", "rating", "left_out", "source", "taken_at")
    list_filter = ("status", "source", "rating")
    fields = readonly_fields = (
        "conversation", "about", "status", "rating", "left_out", "source", "taken_at", "moved_by", "moved_at",
    )  # fmt: skip
    actions: tuple[Any, ...] = (choose, put_back, refuse)

    @admin.display(description="begins with")
    def begins(self, row: Example) -> str:
        return str(row.messages[0]["text"][:80]) if row.messages else "(its words are deleted)"

    @admin.display(description="conversation")
    def conversation(self, row: Example) -> str:
        """Line by line; what stands in brackets is left of a person."""
        lines = ((one["by"].capitalize(), one["text"]) for one in row.messages)
        return format_html_join("", "<p><strong>{}:</strong> {}</p>", lines)


class ConfigForm(ConfigModelForm):
    body = forms.CharField(
        strip=False,  # a line number in a refusal counts from the first line
        widget=forms.Textarea(attrs={"rows": 40, "cols": 120, "spellcheck": "false", "class": "vLargeTextField"}),
        help_text="YAML.",
    )

    class Meta:
        model = ConfigVersion
        fields = ("kind", "body")

    def clean_body(self) -> str:
        """A browser ends lines its own way; the same words must be the same text."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").rstrip() + "\n"

    def clean(self) -> dict[str, Any]:
        """The text has to be what its kind asks for, or the page says where it isn't."""
        data: dict[str, Any] = super().clean() or {}
        kind = data.get("kind") or self.instance.kind
        try:
            if kind and "body" in data:
                self.check_text(kind, data["body"])
        except YamlTextError as error:
            raise ValidationError({"body": list(error.sentences)}) from error
        return data

    def check_text(self, kind: str, body: str) -> None:
        configs.check(kind, body)


class ConfigVersionAdmin(ConfigPages):
    """Registered in agents/admin.py, which knows what is live and adds the review."""

    form = ConfigForm
    list_display: tuple[str, ...] = ("__str__", "status", "author", "created_at")
    list_filter = ("kind", "status")
    list_select_related = ("author",)
    readonly_fields = ("number", "status", "digest", "author", "created_at", "moved_by", "moved_why", "moved_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The kind is chosen once."""
        return (*self.readonly_fields, "kind") if obj is not None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was submitted is fixed; a draft is its author's, so that nobody can approve words of their own."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None:
            return True
        return obj.status == ConfigVersion.Status.DRAFT and obj.author_id in (None, request.user.pk)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins with the text of the newest."""
        newest = ConfigVersion.objects.filter(kind=ConfigVersion.Kind.POLICY).first()
        return {"kind": ConfigVersion.Kind.POLICY, "body": newest.body if newest else ""}

    def save_model(self, request: HttpRequest, obj: ConfigVersion, form: Any, change: bool) -> None:
        if change:
            configs.rewrite(obj.pk, obj.body, request.user)  # type: ignore[arg-type]
            return
        made = configs.write(obj.kind, obj.body, request.user)  # type: ignore[arg-type]
        obj.pk, obj.number, obj.digest = made.pk, made.number, made.digest
        obj._state.adding = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # records and releases refer to it
