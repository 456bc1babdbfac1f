from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('crosssell', '0003_allocation_by_seller'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recommendation',
            name='rank',
            field=models.PositiveSmallIntegerField(help_text='Among those shown of the account, from 1.'),
        ),
        migrations.AddIndex(
            model_name='recommendation',
            index=models.Index(fields=['org', 'as_of'], name='recommendation_by_moment'),
        ),
    ]
