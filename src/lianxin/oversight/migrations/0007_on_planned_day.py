"""What the runs called plan adherence is another number than the indicator of that name: planned visits made, on their day."""

from django.db import migrations


def rename(apps, schema_editor):
    told = apps.get_model("oversight", "ManagerVerdict").objects
    told.filter(indicator="plan_adherence").update(indicator="on_planned_day")


class Migration(migrations.Migration):
    dependencies = [("oversight", "0006_key_retailers")]
    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
