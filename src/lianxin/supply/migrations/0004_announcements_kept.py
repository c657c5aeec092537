"""Each step keeps until when requests were announced to come in, so that opening them again wipes nothing."""

from typing import Any

from django.db import migrations, models


def keep_what_is_known(apps: Any, schema_editor: Any) -> None:
    """What a round says now was announced when it was opened, unless requests were opened again or nothing was announced."""
    rounds = apps.get_model("supply", "Round")
    events = apps.get_model("supply", "RoundEvent")
    for row in rounds.objects.exclude(requests_close_at=None):
        steps = list(events.objects.filter(round=row).order_by("at", "pk"))
        opened = [step for step in steps if step.state == "draft"]
        closed = [step.at for step in steps if step.state == "requests_in"]
        # Where nothing was announced, a round says when its requests were closed.
        if len(opened) == 1 and row.requests_close_at not in closed:
            events.objects.filter(pk=opened[0].pk).update(requests_close_at=row.requests_close_at)


class Migration(migrations.Migration):
    dependencies = [("supply", "0003_draws_seen")]
    operations = [
        migrations.AddField(
            model_name="roundevent",
            name="requests_close_at",
            field=models.DateTimeField(blank=True, help_text="as announced with this step", null=True),
        ),
        migrations.RunPython(keep_what_is_known, migrations.RunPython.noop),
    ]
