"""The inbox of the demo's customers: nothing is delivered there, so its page shows what the company has mailed."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from conversations.access import Access, access
from conversations.models import Customer
from tools import pack
from tools.pack import UnreachableError

MOST: Final = 5


@access(Access.PUBLIC)
@csrf_exempt  # the demo only, and it changes nothing; whoever sees its page may speak for these customers anyway
@require_POST
@never_cache
def mails(request: HttpRequest) -> JsonResponse:
    """The newest mails of one customer; exists in the demo only. `mails` is null where the company keeps none."""
    if not settings.HANDRAIL_DEMO:
        raise Http404
    known = Customer.objects.filter(external_ref__isnull=False, email__in=settings.HANDRAIL_DEMO_CUSTOMERS)
    who = known.filter(email=request.POST.get("who", "")).first()
    if who is None:
        raise Http404
    operations = pack.active().operations
    kept = None if operations is None else operations.mails
    try:
        return JsonResponse({"mails": None if kept is None else kept(str(who.external_ref))[:MOST]})
    except UnreachableError:
        return JsonResponse({"mails": []})  # the page looks again in a moment
