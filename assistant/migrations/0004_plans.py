from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('assistant', '0003_search')]

    operations = []
