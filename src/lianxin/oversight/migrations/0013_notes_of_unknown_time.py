from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0012_favour_questions_told")]
    operations = [
        migrations.AddField(
            model_name="copycalibration",
            name="n_untimed",
            field=models.PositiveIntegerField(
                default=0, help_text="left out: nobody can tell when they were written"
            ),
        ),
    ]
