import accounts.models.reference
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_deals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('account_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('contact_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('number', models.CharField(blank=True, default='', max_length=80)),
                ('subject', models.CharField(blank=True, default='', max_length=255)),
                ('status', models.CharField(blank=True, default='', max_length=120)),
                ('priority', models.CharField(blank=True, default='', max_length=80)),
                ('reason', models.CharField(blank=True, default='', max_length=255)),
                ('origin', models.CharField(blank=True, default='', max_length=120)),
                ('kind', models.CharField(blank=True, default='', max_length=120)),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('is_closed', models.BooleanField(default=False)),
                ('is_escalated', models.BooleanField(default=False)),
                ('merged_into_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('description', models.TextField(blank=True, default='')),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='cases')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('contact', accounts.models.reference.Reference('accounts.contact', 'contact_ref', related_name='cases')),
                ('owner', accounts.models.reference.Reference('accounts.crmuser', 'owner_ref', related_name='cases')),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['org', 'account_ref', '-opened_at'], name='case_account'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['org', 'owner_ref'], name='case_owner'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['org', 'contact_ref'], name='case_contact'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='case_id_in_org'),
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField(help_text="By the CRM's clock, as modified_at.", null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(help_text='Since when the CRM has it no more.', null=True)),
                ('extra', models.JSONField(default=dict, help_text='Fields of the CRM that have no column here.')),
                ('synced_at', models.DateTimeField(help_text='When this row last changed here.')),
                ('kind', models.CharField(choices=[('task', 'Task'), ('call', 'Call'), ('meeting', 'Meeting'), ('email', 'E-mail')], max_length=7)),
                ('subject', models.CharField(blank=True, default='', max_length=255)),
                ('description', models.TextField(blank=True, default='')),
                ('owner_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('account_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('opportunity_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('contact_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('lead_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('case_ref', models.CharField(blank=True, db_collation='C', max_length=64, null=True)),
                ('what_ref', models.CharField(blank=True, db_collation='C', help_text='What it is about, whatever kind of record that is.', max_length=64, null=True)),
                ('who_ref', models.CharField(blank=True, db_collation='C', help_text='Whom it is with.', max_length=64, null=True)),
                ('happens_at', models.DateTimeField(help_text='When it took place or is due; a day stands for its beginning in UTC.', null=True)),
                ('duration_minutes', models.IntegerField(null=True)),
                ('status', models.CharField(blank=True, default='', max_length=120)),
                ('priority', models.CharField(blank=True, default='', max_length=80)),
                ('is_done', models.BooleanField(default=False)),
                ('is_incoming', models.BooleanField(help_text='From the customer, where known.', null=True)),
                ('account', accounts.models.reference.Reference('accounts.account', 'account_ref', related_name='activities')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('contact', accounts.models.reference.Reference('accounts.contact', 'contact_ref', related_name='activities')),
                ('owner', accounts.models.reference.Reference('accounts.crmuser', 'owner_ref', related_name='activities')),
                ('lead', accounts.models.reference.Reference('accounts.lead', 'lead_ref', related_name='activities')),
                ('opportunity', accounts.models.reference.Reference('accounts.opportunity', 'opportunity_ref', related_name='activities')),
            ],
            options={
                'verbose_name_plural': 'activities',
            },
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(fields=['org', 'account_ref', '-happens_at'], name='activity_account'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('opportunity_ref__isnull', False)), fields=['org', 'opportunity_ref', '-happens_at'], name='activity_opportunity'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('contact_ref__isnull', False)), fields=['org', 'contact_ref', '-happens_at'], name='activity_contact'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(condition=models.Q(('lead_ref__isnull', False)), fields=['org', 'lead_ref'], name='activity_lead'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(fields=['org', 'owner_ref', '-happens_at'], name='activity_owner'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.UniqueConstraint(fields=('org', 'external_id'), name='activity_id_in_org'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['task', 'call', 'meeting', 'email'])), name='activity_kind_known'),
        ),
    ]
