"""No answer where no question was asked is no nought; other steps with content are counted."""

from typing import Any

from django.db import migrations, models

# The bodies of steps as they were recorded; a step with none of these has no content.
_CONTENT = {
    "stock_count": ("lines",),
    "display": ("photo_ids", "words"),
    "theme": ("points_told",),
    "price_tags": ("ordered", "on_display", "labelled"),
    "market_order": ("found",),
}
_CHUNK = 1000


def _is_filled(kind: str, body: dict[str, Any]) -> bool:
    if kind == "price_tags":
        return bool(body)
    return any(body.get(name) not in (None, "", []) for name in _CONTENT.get(kind, ()))


def tell(apps: Any, _schema: Any) -> None:
    visit, action = apps.get_model("visits", "Visit"), apps.get_model("visits", "VisitAction")
    filled: dict[str, int] = {}
    asked = set()
    for pk, kind, body in action.objects.values_list("visit_id", "kind", "body").iterator(chunk_size=10_000):
        filled[pk] = filled.get(pk, 0) + _is_filled(kind, body or {})
        if kind == "questions":
            asked.add(pk)
    rows = [visit(pk=pk, n_filled=n) for pk, n in filled.items()]
    visit.objects.bulk_update(rows, ["n_filled"], batch_size=_CHUNK)
    # Of a file in which every visit has none, nobody wrote the answers down; elsewhere its noughts are what it says.
    told = visit.objects.filter(n_answers__gt=0, batch__isnull=False).values("batch_id")
    silent = visit.objects.filter(n_answers=0).exclude(batch_id__in=told)
    unasked = [pk for pk in silent.values_list("pk", flat=True).iterator(chunk_size=10_000) if pk not in asked]
    for first in range(0, len(unasked), _CHUNK):
        visit.objects.filter(pk__in=unasked[first : first + _CHUNK]).update(n_answers=None)


class Migration(migrations.Migration):
    dependencies = [("visits", "0005_ways_by_road_and_frequency")]
    operations = [
        migrations.AlterField(
            model_name="visit",
            name="n_answers",
            field=models.PositiveIntegerField(
                blank=True, help_text="questions answered; null: none was asked, or nobody wrote it down", null=True
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="n_filled",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="other steps with content: counts, tags, display; null: no steps were recorded",
                null=True,
            ),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
