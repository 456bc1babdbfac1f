from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('assistant', '0004_plans')]

    operations = []
