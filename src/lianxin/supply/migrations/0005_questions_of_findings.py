"""A finding keeps when a question about it was opened: from then on the person asked may open it himself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supply", "0004_announcements_kept")]
    operations = [
        migrations.AddField(
            model_name="favourfinding",
            name="question_opened_at",
            field=models.DateTimeField(
                blank=True, help_text="from then on the person himself may open it, with the rows behind it", null=True
            ),
        ),
    ]
