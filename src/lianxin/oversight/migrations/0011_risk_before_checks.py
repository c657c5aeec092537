from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0010_copy_calibrations")]
    operations = [
        migrations.AddField(
            model_name="visitverdict",
            name="risk_unchecked",
            field=models.FloatField(
                help_text="before checks were heard, so that checks can measure it; null of runs before it was kept",
                null=True,
            ),
        ),
    ]
