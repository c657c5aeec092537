"""Words of a step stand on the public page only where who wrote them was told so; of what was written before, nobody was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supply", "0005_questions_of_findings")]
    operations = [
        migrations.AddField(
            model_name="roundevent",
            name="is_public",
            field=models.BooleanField(
                default=False, help_text="the words may stand on the public page; who wrote them was told so"
            ),
        ),
    ]
