"""Settings from the environment; with none given, an embedded installation on this machine."""

import hmac
import logging
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from revenue import embedded, rooms
from revenue.jobs.broker import BEAT_SCHEDULE, broker_options, task_queues
from revenue.observe.logs import logging_config
from revenue.own_secrets import OwnSecrets

AFTER_SYNC, JUDGED_SETS, SELLER_NAMES = rooms.AFTER_SYNC, rooms.JUDGED_SETS, rooms.SELLER_NAMES
AFTER_KNOWLEDGE, LEARNING_TASKS = rooms.AFTER_KNOWLEDGE, rooms.LEARNING_TASKS

# Forms, admins and views name the model that they are of, at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env")

PRODUCT_NAME = "Revenue Intelligence"
VERSION = "0.1.0"
SITE_URL = (env.str("SITE_URL", "") or "http://localhost:8000").rstrip("/")
if not urlsplit(SITE_URL).hostname or not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(
        f"SITE_URL is {SITE_URL!r}: give the whole address, such as https://revenue.example.com."
    )
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
HTTPS = SITE_URL.startswith("https://")
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
DATA_DIR = Path(env.str("REVENUE_DATA_DIR", str(BASE_DIR / ".data"))).resolve()

EMBEDDED_DATABASE = not env.str("DATABASE_URL", "")
EMBEDDED_REDIS = not env.str("REDIS_URL", "")
own_secrets = OwnSecrets(folder=DATA_DIR, may_make=EMBEDDED_DATABASE)
SECRET_KEY = env.str("SECRET_KEY", "") or own_secrets.value(name="SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SECRET_ENCRYPTION_KEYS = env.list("SECRET_ENCRYPTION_KEYS", default=[]) or [
    own_secrets.value(name="SECRET_ENCRYPTION_KEYS")
]

ALLOWED_HOSTS = [SITE_HOST, "127.0.0.1", "localhost", *env.list("ALLOWED_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = [SITE_URL, *env.list("CSRF_TRUSTED_ORIGINS", default=[])]

INSTALLED_APPS = [
    "revenue.web",
    "revenue.users",
    "revenue.jobs",
    "revenue.observe",
    "revenue.ml",
    "revenue",
    "accounts",
    "forecasting",
    "crosssell",
    "assistant",
    "revenue.users.admin_app.RevenueAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "revenue.observe.middleware.MetricsMiddleware",
    "csp.middleware.CSPMiddleware",
    "revenue.users.wall.WallMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "revenue.users.middleware.PersonMiddleware",
    "revenue.users.middleware.AccessMiddleware",
]

ROOT_URLCONF = "revenue.urls"
WSGI_APPLICATION = "revenue.wsgi.application"
ASGI_APPLICATION = "revenue.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "revenue.web.context.frame",
                "accounts.context.alerts",
            ],
        },
    }
]

# Database, broker and shared store
DATABASES = {"default": env.db("DATABASE_URL", embedded.database_url(data_dir=DATA_DIR))}
_database = DATABASES["default"]
_database["ENGINE"] = "revenue.users.database"
_database["ATOMIC_REQUESTS"] = False
_database["CONN_HEALTH_CHECKS"] = True
_database.setdefault("OPTIONS", {}).setdefault("application_name", "revenue")
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 0)
if DATABASE_POOL_SIZE:
    _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10}
    # A pool does its own checks, and Django refuses to combine it with persistent connections.
    _database["CONN_MAX_AGE"] = 0
else:
    _database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
if env.bool("DATABASE_TRANSACTION_POOLING", False):
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
    _database["OPTIONS"]["prepare_threshold"] = None

REDIS_URL = env.str("REDIS_URL", "") or embedded.redis_url(data_dir=DATA_DIR, db=0)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_KEY_PREFIX", "revenue"),
        # A store that hangs must not hang a page.
        "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or (
    embedded.celery_broker_url(data_dir=DATA_DIR, db=1) if EMBEDDED_REDIS else REDIS_URL
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(url=CELERY_BROKER_URL)
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_QUEUES = task_queues()
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TASK_DEFAULT_EXCHANGE = "interactive"
CELERY_TASK_DEFAULT_ROUTING_KEY = "interactive"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_LOST_WAIT = 0.5
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "revenue.jobs.scheduler:Scheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# People
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "full_name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "users:home"
ACCOUNT_ADAPTER = "revenue.users.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PRODUCT_NAME}] "
ACCOUNT_FORMS = {
    "login": "revenue.users.account_forms.SignInForm",
    "reauthenticate": "revenue.users.account_forms.ReauthenticateForm",
    "change_password": "revenue.users.account_forms.PasswordChangeForm",
    "set_password": "revenue.users.account_forms.PasswordSetForm",
    "reset_password": "revenue.users.account_forms.PasswordResetForm",
    "reset_password_from_key": "revenue.users.account_forms.PasswordResetKeyForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
SOCIALACCOUNT_ADAPTER = "revenue.users.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "oidc"
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "revenue.users.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = PRODUCT_NAME
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "revenue.users.account_forms.CodeForm",
    "reauthenticate": "revenue.users.account_forms.CodeAgainForm",
    "activate_totp": "revenue.users.account_forms.AppForm",
    "add_webauthn": "revenue.users.account_forms.PasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# Admins without a second factor are led to set one up; off where the address is no real one yet.
REQUIRE_SECOND_FACTOR_FOR_ADMINS = env.bool("REQUIRE_SECOND_FACTOR_FOR_ADMINS", HTTPS and not DEMO)

# Hosts below which a login or an instance of Salesforce may be; no token goes elsewhere.
SALESFORCE_HOSTS = env.list(
    "SALESFORCE_HOSTS", default=["salesforce.com", "force.com", "salesforce.mil", "cloudforce.com"]
)
WRITER_LOCAL_HOSTS = env.list("WRITER_LOCAL_HOSTS", default=["*"] if DEBUG or DEMO else [])

EMAIL_CONFIG = env.email_url("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{PRODUCT_NAME} <no-reply@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "revenue.api.authentication.ApiKeyAuthentication",
        "revenue.api.authentication.AccessTokenAuthentication",
        "revenue.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["revenue.api.permissions.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["revenue.api.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "revenue.api.parsing.AlwaysJSON",
    "DEFAULT_THROTTLE_CLASSES": ["revenue.api.throttling.SharedRateThrottle"],
    "DEFAULT_SCHEMA_CLASS": "revenue.api.schema.ExactSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "revenue.api.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_RATE_LIMITS = {
    "user": env.str("API_RATE_LIMIT_USER", "600/minute"),
    "key": env.str("API_RATE_LIMIT_KEY", "300/minute"),
    "anonymous": env.str("API_RATE_LIMIT_ANONYMOUS", "60/minute"),
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "ALGORITHM": "HS256",
    # A key of its own: a token can be nothing else that SECRET_KEY signs.
    "SIGNING_KEY": hmac.new(SECRET_KEY.encode(), b"revenue.api.tokens", "sha256").hexdigest(),
    "ISSUER": "revenue-intelligence",
    "AUDIENCE": "revenue-intelligence/api",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PRODUCT_NAME} API",
    "DESCRIPTION": "Everything that the pages show, as rows. Nothing here writes to a CRM.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Role": "revenue.users.roles.Role",
        "Theme": "revenue.users.models.User.Theme",
        "KeyScope": "revenue.users.models.ApiKey.Scope",
        "AuditAction": "revenue.users.models.AuditEvent.Action",
        "OrgKind": "revenue.users.models.Org.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "revenue.api.schema.refuse_unknown_fields",
    ],
    "SERVE_PERMISSIONS": ["revenue.api.permissions.Declared"],
}

# Static files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
# Compressing takes a minute or more: worth it in an image, not before a first look.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if EMBEDDED_DATABASE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"
CSV_MAX_UPLOAD_MB = env.int("CSV_MAX_UPLOAD_MB", 200)
KNOWLEDGE_MAX_UPLOAD_MB = env.int("KNOWLEDGE_MAX_UPLOAD_MB", 25)
FILE_UPLOAD_HANDLERS = ["accounts.uploading.receiving.BoundedUploadHandler"]
WHITENOISE_MAX_AGE = 3600

# Security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "revenue.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
# How many proxies of our own stand in front: that many addresses of X-Forwarded-For are believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", int(BEHIND_PROXY))
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Observation
LOG_FORMAT = env.str("LOG_FORMAT", "json")
LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), style=LOG_FORMAT)
# A task has one line, when it ended; its start and its sending are there for who debugs.
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_FOLDER = env.str("PROMETHEUS_MULTIPROC_DIR", "") or str(DATA_DIR / "run" / "metrics")
# Its library reads the environment when it is first imported, and no process imports it earlier.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER
READY_FILE = env.str("READY_FILE", "")
WORKER_PROBE_HOST = env.str("WORKER_PROBE_HOST", "127.0.0.1")
WORKER_PROBE_PORT = env.int("WORKER_PROBE_PORT", 0)
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", SITE_HOST)
SENTRY_TRACES_SAMPLE_RATE = env.float("SENTRY_TRACES_SAMPLE_RATE", 0.0)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", "revenue")
