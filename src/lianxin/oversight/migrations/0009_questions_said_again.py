from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0008_record_claims")]
    operations = [
        migrations.AddField(
            model_name="flag",
            name="question_wording",
            field=models.JSONField(blank=True, help_text="{key, facts}: how a rule's is said again", null=True),
        ),
        migrations.AlterField(
            model_name="flag",
            name="question",
            field=models.CharField(help_text="as somebody wrote it; a rule's in the installation's language", max_length=300),
        ),
        migrations.AlterField(
            model_name="flag",
            name="evidence",
            field=models.JSONField(help_text="[{title, text, source, url, wording: {title | text | source: {key, facts}}}], at least one"),
        ),
    ]
