"""Questions that were open before have an owner and a day: the person to be heard, else who took the review up."""

from django.db import migrations, models


def fill(apps, schema_editor):
    flags = apps.get_model("oversight", "Flag").objects.exclude(state="closed")
    flags.update(due_on=models.F("answer_due_on"))
    flags.filter(state="reviewed").update(owner_id=models.F("reviewer_id"))
    for flag in flags.filter(state="opened").select_related("person").iterator():
        flags.filter(pk=flag.pk).update(owner_id=flag.person.user_id)


class Migration(migrations.Migration):
    dependencies = [("oversight", "0002_verification")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
