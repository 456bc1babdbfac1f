import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_matching'),
        ('jobs', '0002_row_level_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('jwt', 'JWT bearer (certificate)'), ('client_credentials', 'Client credentials'), ('refresh_token', 'Refresh token, with rotation'), ('password', 'User name and password (sandboxes)'), ('none', 'Nothing to sign in to')], default='none', max_length=20)),
                ('login_url', models.URLField(blank=True, default='', help_text='My Domain, such as https://acme.my.salesforce.com')),
                ('client_id', models.CharField(blank=True, default='', max_length=255)),
                ('username', models.CharField(blank=True, default='', max_length=255)),
                ('secrets', models.TextField(blank=True, default='', editable=False)),
                ('api_version', models.CharField(default='62.0', max_length=8)),
                ('instance_url', models.URLField(blank=True, default='', editable=False)),
                ('organization_id', models.CharField(blank=True, db_collation='C', default='', editable=False, max_length=18)),
                ('options', models.JSONField(blank=True, default=dict)),
                ('quota_share', models.FloatField(default=0.8, help_text="Of the CRM's calls a day, the share at which a sync stops.")),
                ('bulk_from', models.PositiveIntegerField(default=20000, help_text='Rows of an object from which Bulk 2.0 is used.')),
                ('state', models.CharField(choices=[('untested', 'Not tried yet'), ('working', 'Working'), ('needs_sign_in', 'Needs a new sign-in'), ('stopped', 'Stopped')], default='untested', max_length=13)),
                ('problem', models.CharField(blank=True, default='', max_length=500)),
                ('state_changed_at', models.DateTimeField(editable=False, null=True)),
                ('secrets_changed_at', models.DateTimeField(editable=False, null=True)),
                ('org', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='connection', to='users.org')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('organization_id', ''), _negated=True), fields=('organization_id',), name='connection_one_per_organization'), models.CheckConstraint(condition=models.Q(('quota_share__gt', 0), ('quota_share__lte', 1)), name='connection_quota_share'), models.CheckConstraint(condition=models.Q(('state__in', ['untested', 'working', 'needs_sign_in', 'stopped'])), name='connection_state_known')],
            },
        ),
        migrations.CreateModel(
            name='SourceField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_name', models.CharField(blank=True, default='', max_length=80)),
                ('name', models.CharField(blank=True, default='', max_length=255)),
                ('label', models.CharField(blank=True, default='', max_length=255)),
                ('type', models.CharField(blank=True, default='', max_length=40)),
                ('is_custom', models.BooleanField(default=False)),
                ('is_formula', models.BooleanField(default=False)),
                ('column', models.CharField(blank=True, default='', help_text='Of our table; empty: it lands in extra.', max_length=63)),
                ('is_set_by_admin', models.BooleanField(default=False)),
                ('is_skipped', models.BooleanField(default=False, help_text='Not read at all.')),
                ('state', models.CharField(choices=[('current', 'In use'), ('stale', 'Gone from the source; old values are kept'), ('quarantined', 'Its type changed; values go to extra until an admin decides')], default='current', max_length=11)),
                ('previous_type', models.CharField(blank=True, default='', max_length=40)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddConstraint(
            model_name='sourcefield',
            constraint=models.UniqueConstraint(fields=('org', 'object_name', 'name'), name='source_field_once'),
        ),
        migrations.AddConstraint(
            model_name='sourcefield',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['current', 'stale', 'quarantined'])), name='source_field_state_known'),
        ),
        migrations.CreateModel(
            name='ObjectSync',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_name', models.CharField(blank=True, default='', max_length=80)),
                ('position', models.JSONField(default=dict, help_text="The connector's own cursor.")),
                ('deletes_position', models.JSONField(default=dict)),
                ('source_count', models.BigIntegerField(null=True)),
                ('local_count', models.BigIntegerField(null=True)),
                ('refused_count', models.BigIntegerField(default=0)),
                ('deleted_count', models.BigIntegerField(default=0)),
                ('read_up_to', models.DateTimeField(help_text="By the source's clock.", null=True)),
                ('synced_at', models.DateTimeField(null=True)),
                ('reconciled_at', models.DateTimeField(null=True)),
                ('formulas_read_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=500)),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddConstraint(
            model_name='objectsync',
            constraint=models.UniqueConstraint(fields=('org', 'object_name'), name='object_sync_once'),
        ),
        migrations.CreateModel(
            name='SyncRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger', models.CharField(choices=[('schedule', 'Schedule'), ('person', 'A person'), ('command', 'Command line'), ('api', 'API')], max_length=8)),
                ('is_full', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('succeeded', 'Done'), ('partial', 'Partly done; the next run goes on'), ('failed', 'Failed')], default='running', max_length=9)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('objects_done', models.JSONField(default=dict, help_text='Object → rows read, written, deleted, refused, calls, seconds.')),
                ('rows_read', models.BigIntegerField(default=0)),
                ('rows_written', models.BigIntegerField(default=0)),
                ('rows_deleted', models.BigIntegerField(default=0)),
                ('rows_refused', models.BigIntegerField(default=0)),
                ('calls', models.IntegerField(default=0)),
                ('calls_used_today', models.IntegerField(help_text="Of the CRM's quota, by its word.", null=True)),
                ('calls_allowed_today', models.IntegerField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=500)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sync_runs', to='jobs.job')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='syncrun',
            index=models.Index(fields=['org', '-started_at', '-id'], name='sync_run_newest'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'succeeded', 'partial', 'failed'])), name='sync_run_state_known'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('problem', ''), _negated=True), _connector='OR'), name='sync_run_failed_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('org',), name='sync_run_one_per_org'),
        ),
        migrations.CreateModel(
            name='RefusedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_name', models.CharField(blank=True, default='', max_length=80)),
                ('source', models.CharField(blank=True, default='', help_text="A file's name.", max_length=255)),
                ('line', models.BigIntegerField(null=True)),
                ('external_id', models.CharField(blank=True, default='', max_length=255)),
                ('field_name', models.CharField(blank=True, default='', max_length=255)),
                ('reason', models.CharField(max_length=500)),
                ('row', models.JSONField(default=dict)),
                ('refused_at', models.DateTimeField()),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
            ],
        ),
        migrations.AddIndex(
            model_name='refusedrow',
            index=models.Index(fields=['org', 'object_name', '-refused_at', '-id'], name='refused_newest'),
        ),
        migrations.AddIndex(
            model_name='refusedrow',
            index=models.Index(fields=['org', 'object_name', 'external_id'], name='refused_record'),
        ),
    ]
