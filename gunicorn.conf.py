"""gunicorn reads this file by itself; what is given on its command line wins."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")

wsgi_app = "revenue.wsgi:application"
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# A thread holds one connection at a time, so that a smaller pool would only make threads wait.
os.environ.setdefault("DATABASE_POOL_SIZE", str(threads))
timeout = 60
graceful_timeout = 25
# Longer than a proxy keeps its idle connections, so that it never sends into a closing one.
keepalive = int(os.environ.get("WEB_KEEPALIVE_S", "75"))
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "20000"))
max_requests_jitter = max_requests // 10
if os.access("/dev/shm", os.W_OK):  # noqa: S108
    # A worker's heartbeat file on a busy disk makes it look dead.
    worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
# Our own middleware writes the line of a request.
accesslog = None
# Settings are read here, before any worker starts: a wrong one ends the start with its sentence.
logconfig_dict = settings.LOGGING
