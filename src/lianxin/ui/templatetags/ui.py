"""Template tags of the parts: `{% load ui %}`. Usage with examples: docs/explanation/ui-parts.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from lianxin.ui import citations, drawing, formats, slots, words
from lianxin.ui.addresses import with_query
from lianxin.ui.badges import badges_for
from lianxin.ui.filters import FilterSet
from lianxin.ui.formats import Number
from lianxin.ui.parts import Crumb, Empty, Explanation, Figure, Notice, Picture, Progress
from lianxin.ui.tables import TablePage

register = template.Library()
Context = template.Context

# `<` would end the script element early, U+2028/9 end a line in old parsers; the same three that Django's json_script escapes.
_JSON_SAFE = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


# Figures and their states


@register.inclusion_tag("ui/components/figure.html")
def figure(given: Figure | None = None, **parts: Any) -> dict[str, Any]:
    """A number that opens: `{% figure fig %}` or `{% figure value=48210 kind="quantity" unit="条" explain_url=url %}`."""
    return {"figure": replace(given, **parts) if given is not None else Figure(**parts)}


@register.inclusion_tag("ui/components/figure_row.html")
def figure_row(figures: Sequence[Figure]) -> dict[str, Any]:
    """The strip of figures on top of a page."""
    return {"figures": figures}


register.simple_tag(drawing.state, name="state")
register.simple_tag(drawing.change, name="change")


@register.simple_tag
def not_enough(n: int | None = None, needs: int | None = None, reason: str = "") -> SafeString:
    return format_html('<span class="lx-missing">{}</span>', words.not_enough(n, needs, reason))


# Numbers and dates


@register.filter
def number(value: Number | None, decimals: int = 0) -> str:
    return "" if value is None else formats.number(value, decimals)


@register.filter
def share(value: Number | None, decimals: int = 1) -> str:
    return "" if value is None else formats.share(value, decimals)


@register.filter
def signed_share(value: Number | None, decimals: int = 1) -> str:
    return "" if value is None else formats.share(value, decimals, signed=True)


@register.filter
def money(value: Number | None, currency: str = "CNY") -> str:
    return "" if value is None else formats.money(value, currency)


@register.filter
def money_fen(value: int | None, currency: str = "CNY") -> str:
    """Integer hundredths, as the lake and the pay tables keep them."""
    return "" if value is None else formats.money(formats.Decimal(value) / 100, currency)


@register.filter
def quantity(value: Number | None, unit: str = "") -> str:
    return "" if value is None else formats.quantity(value, unit)


@register.filter
def month(value: date | None) -> str:
    return "" if value is None else formats.month(value)


@register.filter
def day(value: date | None) -> str:
    return "" if value is None else formats.day(value)


register.filter("cited", citations.cited)


@register.filter
def instant(value: datetime | None) -> str:
    return "" if value is None else formats.instant(value)


# Tables, filters, exports


@register.inclusion_tag("ui/components/table.html", takes_context=True)
def table(context: Context, page: TablePage) -> dict[str, Any]:
    return {"table": page, "request": context.get("request")}


@register.inclusion_tag("ui/components/filters.html", takes_context=True)
def filters(context: Context, asked: FilterSet, target: str = "page-body") -> dict[str, Any]:
    """The filter bar; a change asks again at once and swaps the element named `target`."""
    return {"filters": asked, "target": target, "request": context.get("request")}


@register.inclusion_tag("ui/components/export_menu.html")
def export_menu(page: TablePage) -> dict[str, Any]:
    return {"table": page}


register.simple_tag(drawing.table_body, name="table_body")
register.simple_tag(drawing.options, name="options")
register.simple_tag(drawing.boxes, name="boxes")


@register.simple_tag
def swap(target: str = "page-body") -> SafeString:
    """Attributes for a link or a GET form: where htmx runs, only the element named `target` is replaced, without a jump."""
    # The filter bar comes along: its chips and hidden fields carry the rest of the address.
    beside = "" if target == "page-body" else mark_safe(' hx-select-oob="#lx-filters"')
    return format_html(
        'hx-boost="true" hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML show:none"{1}', target, beside
    )


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: str) -> str:
    """The address of this page with other questions: `{% url_with month="2021-12" after="" %}`."""
    return with_query(context["request"].GET, changes)


# Pictures


@register.simple_tag
def chart_payload(payload: Mapping[str, Any]) -> SafeString:
    """The payload as a data block, which no browser runs."""
    text = json.dumps(payload, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return mark_safe(f'<script type="application/json">{text.translate(_JSON_SAFE)}</script>')  # noqa: S308


@register.inclusion_tag("ui/components/chart.html")
def chart(picture: Picture, height: str = "") -> dict[str, Any]:
    return {"picture": picture, "height": height}


@register.inclusion_tag("ui/components/map.html", name="map")
def map_(picture: Picture, src: str = "") -> dict[str, Any]:
    """A map; with `src` the element fetches its payload from there instead of finding it in the page."""
    return {"picture": picture, "src": src}


register.simple_tag(drawing.spark, name="spark")


@register.inclusion_tag("ui/components/meter.html")
def meter(value: Number, maximum: Number = 1, title: str = "") -> dict[str, Any]:
    """A bar for a part of a whole, without inline style."""
    width = max(0.0, min(100.0, float(value) / float(maximum) * 100)) if maximum else 0.0
    return {"width": f"{width:.1f}", "title": title}


# Words around the page


@register.inclusion_tag("ui/components/empty.html")
def empty(given: Empty | None = None, **parts: Any) -> dict[str, Any]:
    return {"empty": given or Empty(**parts)}


@register.inclusion_tag("ui/components/progress.html")
def progress(given: Progress) -> dict[str, Any]:
    return {"progress": given}


@register.inclusion_tag("ui/components/explanation.html")
def explanation(given: Explanation) -> dict[str, Any]:
    return {"explanation": given}


@register.inclusion_tag("ui/components/notice.html")
def notice(text: str, tone: str = "tell", url: str = "", url_title: str = "") -> dict[str, Any]:
    return {"notice": {"text": text, "tone": tone, "url": url, "url_title": url_title}}


@register.inclusion_tag("ui/components/notices.html", takes_context=True)
def invented_notice(context: Context) -> dict[str, Any]:
    """The strip that every page with invented persons or assignments bears, in the company's own words.

    Nothing where the company's people are real, which is where its notice is empty.
    """
    company = context.get("company")
    own = getattr(company, "invented_notice", "")
    if (get_language() or "").startswith("en"):
        own = getattr(company, "invented_notice_en", "") or own
    return {"notices": [Notice(text=own)] if own else []}


@register.inclusion_tag("ui/components/crumbs.html")
def crumbs(given: Iterable[Crumb]) -> dict[str, Any]:
    return {"crumbs": list(given)}


register.simple_tag(drawing.icon, name="icon")


# Forms


@register.inclusion_tag("ui/components/form_field.html")
def form_field(bound: BoundField) -> dict[str, Any]:
    """Label above, help under it, the error as a sentence beside the field."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "") or type(widget).__name__.lower()
    own = widget.attrs.get("class", "")
    if kind == "checkbox" and not hasattr(widget, "subwidgets_are_choices"):
        looks = "form-check-input"
    elif kind == "select" or "select" in type(widget).__name__.lower():
        looks = "form-select"
    else:
        looks = "form-control"
    described = " ".join(
        part
        for part in (
            f"{bound.auto_id}_help" if bound.help_text else "",
            f"{bound.auto_id}_error" if bound.errors else "",
        )
        if part
    )
    attributes: dict[str, Any] = {"class": f"{own} {looks}{' is-invalid' if bound.errors else ''}".strip()}
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    many = type(widget).__name__ in ("RadioSelect", "CheckboxSelectMultiple")
    return {
        "field": bound,
        "control": bound.as_widget() if many else bound.as_widget(attrs=attributes),
        "is_check": kind == "checkbox" and not many,
        "is_many": many,
    }


@register.inclusion_tag("ui/components/form_faults.html")
def form_faults(form: BaseForm) -> dict[str, Any]:
    """The summary above a form: every error with a link to its field."""
    faults = [(bound.auto_id, bound.label, error) for bound in form.visible_fields() for error in bound.errors]
    hidden = [("", bound.label, error) for bound in form.hidden_fields() for error in bound.errors]
    return {"faults": faults + hidden, "general": form.non_field_errors()}


# Shell


@cache
def _address(url_name: str, urlconf: str, prefix: str) -> str:
    """Where an entry of the menu leads; every page asks it of each. "" where the room is switched off in this installation."""
    try:
        return reverse(url_name, urlconf)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> str:
    """The menu of this person, from the entries that rooms registered."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    offered = slots.navigation_for(request)
    badges = badges_for(request, offered)
    sections: dict[str, list[dict[str, Any]]] = {}
    for entry in offered:
        url = _address(entry.url_name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
        if not url:
            continue
        current = request.path == url or (url != "/" and request.path.startswith(url))
        shown = {
            "title": entry.title,
            "url": url,
            "icon": entry.icon,
            "current": current,
            "badge": badges.get(entry.key, 0),
        }
        sections.setdefault(str(entry.section), []).append(shown)
    _keep_longest_current([entry for entries in sections.values() for entry in entries])
    return drawing.menu(sections)


def _keep_longest_current(entries: list[dict[str, Any]]) -> None:
    current = [entry for entry in entries if entry["current"]]
    if len(current) > 1:
        longest = max(current, key=lambda entry: len(entry["url"]))
        for entry in current:
            entry["current"] = entry is longest


@register.inclusion_tag("ui/components/notices.html", takes_context=True)
def notices(context: Context) -> dict[str, Any]:
    """What rooms have to say above every page."""
    request = context.get("request")
    return {"notices": slots.notices_for(request) if request is not None else []}


@register.inclusion_tag("ui/components/panels.html", takes_context=True)
def slot(context: Context, name: str, subject: Any) -> dict[str, Any]:
    """The panels that other rooms offer for this place: `{% slot "retailer_file" retailer %}`."""
    request: HttpRequest = context["request"]
    drawn = [(panel, panel.render(request, subject)) for panel in slots.panels_for(name, request)]
    return {"panels": [(panel, mark_safe(html)) for panel, html in drawn if html]}  # noqa: S308
