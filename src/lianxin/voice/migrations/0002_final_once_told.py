import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0003_daily_jobs'),
        ('voice', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Telling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'month'), name='one_telling_a_month')],
            },
        ),
    ]
