import accounts.models.reference
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_past'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('made_at', models.DateTimeField()),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='users.orggroup')),
            ],
        ),
        migrations.CreateModel(
            name='CustomerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_ref', models.CharField(db_collation='C', max_length=64)),
                ('joined_at', models.DateTimeField()),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='customer_links')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='accounts.customer')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddConstraint(
            model_name='customeraccount',
            constraint=models.UniqueConstraint(fields=('org', 'account_ref'), name='account_one_customer'),
        ),
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_ref', models.CharField(db_collation='C', max_length=64)),
                ('other_ref', models.CharField(db_collation='C', max_length=64)),
                ('confidence', models.FloatField()),
                ('reasons', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('joined', 'Joined'), ('doubtful', 'To be decided'), ('refused', 'Not the same'), ('undone', 'Taken apart again')], max_length=8)),
                ('decided_at', models.DateTimeField(null=True)),
                ('found_at', models.DateTimeField()),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='+')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='users.orggroup')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('other', models.ForeignObject(editable=False, from_fields=['other_org', 'other_ref'], null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.account', to_fields=['org', 'external_id'])),
                ('other_org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
            options={
                'verbose_name_plural': 'matches',
            },
        ),
        migrations.AddIndex(
            model_name='match',
            index=models.Index(fields=['group', 'state', '-confidence', 'id'], name='match_queue'),
        ),
        migrations.AddIndex(
            model_name='match',
            index=models.Index(fields=['other_org', 'other_ref'], name='match_other'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(fields=('org', 'account_ref', 'other_org', 'other_ref'), name='match_once'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('org__lt', models.F('other_org'))), name='match_of_two_orgs_in_order'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__gte', 0), ('confidence__lte', 1)), name='match_confidence_share'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['joined', 'doubtful', 'refused', 'undone'])), name='match_state_known'),
        ),
    ]
