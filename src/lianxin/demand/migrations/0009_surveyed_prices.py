import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0003_daily_jobs'),
        ('goods', '0001_initial'),
        ('retailers', '0004_opening_hours_and_contact'),
        ('demand', '0008_rounds_of_each_kind'),
    ]

    operations = [
        migrations.CreateModel(
            name='SurveyedPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('source', models.CharField(help_text='which survey, as its office calls it', max_length=60)),
                ('price_fen', models.PositiveIntegerField()),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.company')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='goods.product')),
                ('retailer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='retailers.retailer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('retailer', 'product', 'day', 'source'), name='one_surveyed_price_a_day'), models.CheckConstraint(condition=models.Q(('price_fen__gt', 0)), name='surveyed_price_is_one')],
            },
        ),
    ]
