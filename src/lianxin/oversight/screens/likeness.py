from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.verifying.notes import differing
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.oversight.queries import likeness as queries
from lianxin.oversight.screens import presenters as shown
from lianxin.ui import formats
from lianxin.ui.parts import Crumb


@needs("verification.read")
def record(request: HttpRequest, record_id: str) -> HttpResponse:
    """A record beside the earlier one whose words it repeats, with the words that differ marked."""
    company = company_of(request)
    found = queries.of_record(user_of(request), company, record_id, on=clock.today(company))
    later, earlier = shown.marked(differing(found.version.words, found.source.words))
    context = {
        "found": found,
        "later": later,
        "earlier": earlier,
        "likeness": formats.share(found.likeness, 0),
        "is_own": found.version.record.person_id == found.source.record.person_id,
        "crumbs": [Crumb(title=_("Verification of visits"), url=reverse("oversight:verification"))],
    }
    return render(request, "oversight/record_copy.html", context)
