import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("conversation", "chatturn")


def walled(name):
    return migrations.RunSQL(
        f"SELECT wall_build('assistant_{name}')", f"SELECT wall_remove('assistant_{name}')"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('assistant', '0004_plans'),
        ('jobs', '0002_row_level_security'),
        ('users', '0007_org_fiscal_month'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('made_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['org', 'owner', '-changed_at', '-id'], name='conversation_newest')],
            },
        ),
        migrations.CreateModel(
            name='ChatTurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=2000)),
                ('routed', models.JSONField(default=dict, help_text='Agent, slots, confidence.')),
                ('state', models.CharField(choices=[('waiting', 'Being answered'), ('answered', 'Answered'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('answer', models.JSONField(default=dict, help_text='Text, figures, tables, charts, links.')),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='assistant.conversation')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                ('org', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.org')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['conversation', 'id'], name='chat_turn_in_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'answered', 'failed'])), name='chat_turn_state_known')],
            },
        ),
        *(walled(name) for name in TABLES),
    ]
