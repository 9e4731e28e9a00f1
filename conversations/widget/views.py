"""The page of the installed company with the chat on it, and where the chat gets its tokens."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from .. import limits
from ..access import Access, access
from ..console.panels import slot
from ..identity import company_token, visitor_token
from ..models import Customer

TOO_MANY = 429


@access(Access.PUBLIC)
@require_GET
def storefront(request: HttpRequest) -> HttpResponse:
    customers = demo_customers()
    mails = slot("storefront.mails") if customers else ""
    context: dict[str, Any] = {"brand": settings.HANDRAIL_BRAND, "customers": customers, "mails": mails}
    return render(request, "widget/storefront.html", context)


@access(Access.PUBLIC)
@csrf_exempt  # it reads no cookie and grants nothing but a fresh, empty identity
@require_POST
@never_cache
def visitor(request: HttpRequest) -> JsonResponse:
    """A token for somebody new. Makes no row. The pages of listed sites may read it."""
    try:
        limits.TOKENS.take(limits.house(request.META.get("REMOTE_ADDR")))
        answer = JsonResponse({"token": visitor_token()})
    except limits.TooMuchError as error:
        answer = JsonResponse({"detail": str(error)}, status=TOO_MANY, headers={"Retry-After": str(error.wait)})
    origin = request.headers.get("Origin")
    if origin in settings.HANDRAIL_WIDGET_ORIGINS:
        answer["Access-Control-Allow-Origin"] = origin
    answer["Vary"] = "Origin"
    return answer


@access(Access.PUBLIC)
@csrf_exempt  # the demo only: a company's own server signs for its own session
@require_POST
@never_cache
def demo_identity(request: HttpRequest) -> JsonResponse:
    """What the company's server would sign for its signed-in customer; exists in the demo only."""
    if not settings.HANDRAIL_DEMO:
        raise Http404
    who = next((each for each in demo_customers() if each.email == request.POST.get("who")), None)
    if who is None:
        raise Http404
    return JsonResponse({"token": company_token(who)})


def demo_customers() -> Any:
    """The customers that the demo page may speak for; none outside the demo."""
    known = Customer.objects.filter(external_ref__isnull=False, email__in=settings.HANDRAIL_DEMO_CUSTOMERS)
    return known.order_by("email") if settings.HANDRAIL_DEMO else known.none()
