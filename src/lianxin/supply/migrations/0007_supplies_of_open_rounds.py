"""Rounds whose requests are open again have no supply until these close; the one of their last closing looked like theirs."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("supply", "RoundProduct").objects.filter(round__state="draft").update(supply_units=None)


class Migration(migrations.Migration):
    dependencies = [("supply", "0006_public_words_of_steps")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
