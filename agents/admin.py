"""The admin's pages of releases, and of the policy and taxonomy texts with their review and the way live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from conversations.lifecycle import NotAllowedError
from knowledge import configs
from knowledge.admin import ConfigForm, ConfigVersionAdmin, ExampleAdmin, ReadOnly, editor
from knowledge.models import ConfigVersion, Example

from . import releases, reviews, standing, texts
from .admission import NotAdmissibleError
from .models import ModelCall, Release

if TYPE_CHECKING:  # generic for the type checker only
    ReleasePages = admin.ModelAdmin[Release]
    ModelCallPages = admin.ModelAdmin[ModelCall]
else:
    ReleasePages = ModelCallPages = admin.ModelAdmin


class TextForm(ConfigForm):
    """A taxonomy is read as the agent reads it."""

    def check_text(self, kind: str, body: str) -> None:
        texts.check(kind, body)


class UploadForm(forms.Form):
    kind = forms.ChoiceField(choices=ConfigVersion.Kind.choices, initial=ConfigVersion.Kind.TAXONOMY)
    file = forms.FileField(label="File", help_text="YAML, as it was downloaded or as another system wrote it.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "file" not in data or "kind" not in data:
            return data
        try:
            data["body"] = texts.plain(data["file"].read())
            texts.check(data["kind"], data["body"])
        except texts.YamlTextError as error:
            self.add_error("file", list(error.sentences))
        except UnicodeDecodeError:
            self.add_error("file", "This isn't a text file.")
        return data


class VerbForm(forms.Form):
    """`seen` is the live release that the page compared with."""

    verb = forms.ChoiceField(choices=[(name, verb.label) for name, verb in reviews.VERBS.items()])
    reason = forms.CharField(
        max_length=80,
        label="Why",
        help_text="Kept for good with the event. No customer's name or address.",
        error_messages={"required": "Say in a few words why: the reason is kept for good."},
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AuthorityForm(forms.Form):
    level = forms.TypedChoiceField(choices=[(level, level) for level in releases.LEVELS], coerce=int)
    evidence = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        label="Evidence",
        help_text="What was measured, over how many conversations, and where it stands. Kept for good.",
        error_messages={"required": "Name the evidence: what was measured, over how much, and where it stands."},
    )


@admin.register(ConfigVersion)
class ReviewedConfigAdmin(ConfigVersionAdmin):
    """Draft, review beside the live version, approval by somebody else, and one button that takes it live."""

    form = TextForm
    list_display = ("__str__", "status", "is_live", "author", "created_at", "review_link")

    class Media:
        css = {"all": ("admin/review.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConfigVersion]:
        release = releases.live()
        pins = [release.pins[kind][0] for kind in ConfigVersion.Kind.values] if release else []
        return super().get_queryset(request).annotate(pinned=Case(When(pk__in=pins, then=True), default=False))

    def get_urls(self) -> list[URLPattern]:
        review = self.admin_site.admin_view(self.review_page)
        text, load = self.admin_site.admin_view(self.text_file), self.admin_site.admin_view(self.upload_page)
        return [
            path("<int:pk>/review/", review, name="knowledge_configversion_review"),
            path("<int:pk>/text/", text, name="knowledge_configversion_text"),
            path("upload/", load, name="knowledge_configversion_upload"),
            *super().get_urls(),
        ]

    def text_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The text as a file, to be kept or edited elsewhere."""
        version = get_object_or_404(ConfigVersion, pk=pk)
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        name = f"{version.kind}-{version.number}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(version.body, content_type="application/yaml; charset=utf-8", headers=headers)

    def upload_page(self, request: HttpRequest) -> HttpResponse:
        """A file becomes a draft of the person who sends it, or the page says where it is wrong."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            made = configs.write(form.cleaned_data["kind"], form.cleaned_data["body"], request.user)  # type: ignore[arg-type]
            self.message_user(request, f"{made} is a draft.", messages.SUCCESS)
            return redirect("admin:knowledge_configversion_review", made.pk)
        title = "Upload a policy or a taxonomy"
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "form": form}
        return TemplateResponse(request, "admin/knowledge/configversion/upload.html", context)

    @admin.display(description="live", boolean=True)
    def is_live(self, row: Any) -> bool:
        return bool(row.pinned)

    @admin.display(description="review")
    def review_link(self, row: ConfigVersion) -> str:
        return link(row, f"Review {row}")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins with the live text of its kind."""
        kind = request.GET.get("kind", ConfigVersion.Kind.POLICY.value)
        live = releases.live_version(kind) if kind in ConfigVersion.Kind.values else None
        return {"kind": kind, "body": live.body} if live else super().get_changeform_initial_data(request)

    def review_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = get_object_or_404(ConfigVersion.objects.select_related("author"), pk=pk)
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        review = reviews.of(version)
        form = VerbForm(request.POST or None, initial={"seen": review.release.number if review.release else None})
        if request.method == "POST" and self.acted(request, form, review):
            return redirect("admin:knowledge_configversion_review", pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": version,
            "title": f"Review {version}",
            "media": self.media,
            "review": review,
            "offered": reviews.offered(review, request.user),
            "form": form,
            "may_edit": self.has_change_permission(request, version),
        }
        return TemplateResponse(request, "admin/knowledge/configversion/review.html", context)

    def acted(self, request: HttpRequest, form: VerbForm, review: reviews.Review) -> bool:
        """Run the verb; what stands against it is said on the page, in one sentence."""
        if not form.is_valid():
            return False
        name, version = form.cleaned_data["verb"], review.version
        verb = reviews.VERBS[name]
        if not request.user.has_perm(verb.right) or (
            name == reviews.OVERRULE and not standing.may_change(request.user)
        ):
            raise PermissionDenied
        try:
            verb.run(version, editor(request), form.cleaned_data["reason"], form.cleaned_data["seen"])
            self.message_user(request, verb.done.format(version), messages.SUCCESS)
        except (NotAllowedError, releases.CantError) as error:
            self.message_user(request, str(error), messages.ERROR)
        return True


def link(version: ConfigVersion, label: str = "") -> str:
    where = reverse("admin:knowledge_configversion_review", args=[version.pk])
    return format_html('<a href="{}">{}</a>', where, label or version)


def pinned(release: Release, kind: str) -> str:
    found = ConfigVersion.objects.filter(pk__in=release.pins.get(kind, [])[:1]).first()
    return link(found) if found else ""


@admin.action(description="Show these to models, and no others (a new release)", permissions=["view"])
def show_to_models(admin_: Any, request: HttpRequest, chosen: QuerySet[Example]) -> None:
    if not standing.may_change(request.user):
        admin_.message_user(request, "A manager takes examples live: it is a new release.", messages.ERROR)
        return
    try:
        release = releases.show_examples(list(chosen.order_by("pk").values_list("digest", flat=True)), editor(request))
    except (releases.CantError, NotAdmissibleError) as error:
        admin_.message_user(request, str(error), messages.ERROR)
        return
    admin_.message_user(request, f"{release} speaks now and shows {chosen.count()} to models.", messages.SUCCESS)


admin.site.unregister(Example)


@admin.register(Example)
class ShownExampleAdmin(ExampleAdmin):
    """What an editor has chosen goes before models with a release."""

    list_display = (*ExampleAdmin.list_display, "is_shown")
    actions = (*ExampleAdmin.actions, show_to_models)

    @admin.display(description="shown to models", boolean=True)
    def is_shown(self, row: Example) -> bool:
        return row.digest in releases.live_examples()


@admin.register(Release)
class ReleaseAdmin(ReleasePages):
    """What speaks and what spoke. Nothing is edited here: a release is made by taking a version live."""

    list_display = ("__str__", "status", "share", "proved", "policy", "taxonomy", "moved_by", "moved_why", "created_at")
    list_select_related = ("certificate",)
    list_filter = ("status",)
    ordering = ("-number",)
    list_per_page = 25

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.standing_page)
        return [path("standing/", page, name="agents_release_standing"), *super().get_urls()]

    def standing_page(self, request: HttpRequest) -> HttpResponse:
        """How far the agent reaches, what is missing, and, for a manager, the way up and down (S0-03, S1-21)."""
        may = standing.may_change(request.user)
        if not may and not self.has_view_permission(request):
            raise PermissionDenied
        form = AuthorityForm(request.POST or None) if may else None
        if request.method == "POST" and self.changed(request, form):
            return redirect("admin:agents_release_standing")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "How far the agent reaches",
            "form": form,
            "standing": standing.now(),
        }
        return TemplateResponse(request, "admin/agents/release/standing.html", context)

    def changed(self, request: HttpRequest, form: AuthorityForm | None) -> bool:
        if form is None:
            raise PermissionDenied
        if not form.is_valid():
            return False
        try:
            release = standing.change(form.cleaned_data["level"], request.user, form.cleaned_data["evidence"])
        except releases.AuthorityError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.message_user(request, f"{release} speaks now, at level {form.cleaned_data['level']}.", messages.SUCCESS)
        return True

    @admin.display(description="proved", boolean=True)
    def proved(self, row: Release) -> bool | None:
        """Unknown of a release from before there were certificates."""
        held = getattr(row, "certificate", None)
        return held.valid if held is not None else None

    @admin.display(description="policy")
    def policy(self, row: Release) -> str:
        return pinned(row, ConfigVersion.Kind.POLICY)

    @admin.display(description="taxonomy")
    def taxonomy(self, row: Release) -> str:
        return pinned(row, ConfigVersion.Kind.TAXONOMY)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnly, ModelCallPages):
    """The ledger of models: each question that was asked, what it took and cost, and what was said, redacted."""

    list_display = ("started", "role", "model", "cost", "error", "tokens", "ms", "conversation")
    list_filter = ("role", "model", "error", "certain")
    search_fields = ("=conversation", "=turn", "=digest")
    date_hierarchy = "started"
    show_full_result_count = False
    ordering = ("-started", "-pk")

    @admin.display(description="tokens in, out")
    def tokens(self, row: ModelCall) -> str:
        return f"{row.input_tokens + row.cache_read_tokens + row.cache_write_tokens}, {row.output_tokens}"

    @admin.display(description="cost")
    def cost(self, row: ModelCall) -> str:
        sure = "" if row.certain else " at most"
        return f"{row.cost_micros / 1_000_000:.6f} USD{sure}"
