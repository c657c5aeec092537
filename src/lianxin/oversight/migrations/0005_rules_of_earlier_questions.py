"""Questions opened before count for the rule that opened them."""

from django.db import migrations


def fill(apps, schema_editor):
    made = apps.get_model("oversight", "FlagRule").objects
    flags = apps.get_model("oversight", "Flag").objects.order_by("pk").values_list("pk", "rule")
    rows = [made.model(flag_id=pk, rule=rule, weight=1.0) for pk, rule in flags]
    made.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("oversight", "0004_rules_that_spoke")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
