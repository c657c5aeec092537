from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('retailers', '0004_opening_hours_and_contact'),
    ]

    operations = [
        migrations.AddField(
            model_name='retailerversion',
            name='opened_on',
            field=models.DateField(blank=True, help_text='the day of its first licence, or on which it began to trade', null=True),
        ),
    ]
