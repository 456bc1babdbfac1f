"""The product's settings over services of the test run; only speed and isolation differ."""

import os
from datetime import timedelta
from pathlib import Path

from revenue import embedded
from tests.services import FOLDER, TEMPLATE, start_for_this_run, worker_number

start_for_this_run()
if "REDIS_URL" not in os.environ or os.environ.get("REVENUE_TEST_REDIS"):
    # A database of Redis per worker of the run: a test clears the whole of its cache.
    folder, first = Path(os.environ[FOLDER]), worker_number() * 2
    os.environ["REVENUE_TEST_REDIS"] = "1"
    os.environ["REDIS_URL"] = embedded.redis_url(data_dir=folder, db=first)
    os.environ["CELERY_BROKER_URL"] = embedded.celery_broker_url(data_dir=folder, db=first + 1)

# Figures add up over processes that share a folder; those of another worker are not ours.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(os.environ[FOLDER], f"metrics-{worker_number()}"))

from revenue.settings import *  # noqa: E402, F403
from revenue.settings import (  # noqa: E402
    BASE_DIR,
    CELERY_BEAT_SCHEDULE,
    CELERY_BROKER_TRANSPORT_OPTIONS,
    DATA_DIR,
    DATABASES,
    STORAGES,
)

if TEMPLATE in os.environ:
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ[TEMPLATE]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = DATA_DIR / f"static-{worker_number()}"
MEDIA_ROOT = DATA_DIR / f"media-{worker_number()}"
ARTEFACTS = BASE_DIR / "test-artefacts"
# A sync is tested by itself; what follows it where it is at home.
AFTER_SYNC = []
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# For workers and schedulers that a test starts: keys of its own in a Redis of everybody, and haste.
if "REVENUE_TEST_KEY_PREFIX" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,
        "global_keyprefix": os.environ["REVENUE_TEST_KEY_PREFIX"],
    }
if "REVENUE_TEST_BEAT_EVERY_S" in os.environ:
    _every = timedelta(seconds=float(os.environ["REVENUE_TEST_BEAT_EVERY_S"]))
    CELERY_BEAT_SCHEDULE = {
        name: {**entry, "schedule": _every} if isinstance(entry["schedule"], timedelta) else entry
        for name, entry in CELERY_BEAT_SCHEDULE.items()
    }
