import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
# Only the web process keeps a pool: a worker's children are forked, and a pool's threads are not.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

application = get_wsgi_application()
