"""It is kept per product that its draw was seen, and per round that its seed was told."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, Min, Q


def keep_what_was_seen(apps: Any, schema_editor: Any) -> None:
    """Until now every preview told the seed: each draw that a previewed round has could be seen from then on."""
    rounds = apps.get_model("supply", "Round")
    products = apps.get_model("supply", "RoundProduct")
    previewed = Min("events__at", filter=Q(events__state="previewed"))
    rows = rounds.objects.filter(batch=None).annotate(first=previewed).exclude(first=None)
    for pk, first in rows.values_list("pk", "first"):
        rounds.objects.filter(pk=pk).update(seed_told_at=first)
        products.objects.filter(round_id=pk, policy__rule="lottery").update(draw_seen_at=first)
    # What stands without a recorded preview, as where the installation itself made it, was seen when it was committed.
    standing = rounds.objects.filter(batch=None, seed_told_at=None, committed_at__isnull=False)
    for pk, at in standing.values_list("pk", "committed_at"):
        drawn = products.objects.filter(round_id=pk, policy__rule="lottery")
        if drawn.update(draw_seen_at=at):
            rounds.objects.filter(pk=pk).update(seed_told_at=F("committed_at"))


class Migration(migrations.Migration):
    dependencies = [("supply", "0002_quotas_of_groups")]
    operations = [
        migrations.AddField(
            model_name="round",
            name="seed_told_at",
            field=models.DateTimeField(
                blank=True,
                help_text="of the first preview drawn with it; from then on no other draw can be chosen",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="roundproduct",
            name="draw_seen_at",
            field=models.DateTimeField(
                blank=True, help_text="of the first preview of its draw, which it keeps from then on", null=True
            ),
        ),
        migrations.RunPython(keep_what_was_seen, migrations.RunPython.noop),
    ]
