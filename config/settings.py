"""Settings: environment first, else the embedded services of this checkout. Product defaults live in product.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from celery.schedules import crontab

from config import logs, models, product
from config.embedded import home
from config.panels import PANELS

django_stubs_ext.monkeypatch()  # so that `ModelForm[Article]` means at run time what mypy reads

logs.configure()

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
TESTING = os.environ.get("HANDRAIL_TESTING") == "1" or "pytest" in sys.modules
PRODUCTION = os.environ.get("HANDRAIL_PRODUCTION") == "1"
SECRET_KEY = os.environ.get("HANDRAIL_SECRET_KEY") or home.secret_key()
ALLOWED_HOSTS = os.environ.get("HANDRAIL_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("HANDRAIL_ORIGINS", "").split(",") if origin]


def _database(url: str | None) -> dict[str, Any]:
    """DATABASE_URL (postgresql://user:password@host:port/name?host=/socket/dir), else the embedded server."""
    if not url:
        where = {"NAME": "handrail", "USER": "app", "PASSWORD": "", "HOST": str(home.postgres_socket()), "PORT": ""}
    else:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        where = {
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
        }
    pool = {"min_size": 1, "max_size": int(os.environ.get("HANDRAIL_DB_POOL", "20")), "timeout": 10}
    options: dict[str, Any] = {"pool": pool, "prepare_threshold": 5}
    if TESTING:
        options["options"] = "-c synchronous_commit=off"  # tests kill processes, never the machine
    if os.environ.get("HANDRAIL_PGBOUNCER") == "1":
        options["prepare_threshold"] = None
    return {
        "ENGINE": "django.db.backends.postgresql",
        **where,
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": os.environ.get("HANDRAIL_PGBOUNCER") == "1",
        "TEST": {"NAME": os.environ.get("HANDRAIL_TEST_DB", f"test_{where['NAME']}")},
    }


DATABASES = {"default": _database(os.environ.get("DATABASE_URL"))}
REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{home.valkey_socket()}"
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or f"redis+socket://{home.valkey_socket()}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "handrail"},
    }
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "django_fsm",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "conversations",
    "knowledge",
    "tools",
    "approvals",
    "agents",
    "evals",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
AUTHENTICATION_BACKENDS = ["conversations.signin.SlowBackend"]
_PASSWORDS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_PASSWORDS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_PASSWORDS}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_PASSWORDS}.CommonPasswordValidator"},
    {"NAME": f"{_PASSWORDS}.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = "/console/login/"
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often, and guess nothing
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {"TITLE": "Handrail", "VERSION": "1", "SWAGGER_UI_DIST": "SIDECAR"}
# An error that no view caught is told on stderr with its place; Django alone would mail it, or say nothing.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "agents.sweep", "schedule": 10.0},
    "anchor_events": {"task": "conversations.anchor_events", "schedule": 3600.0},
    "forget_exchanges": {"task": "agents.forget_exchanges", "schedule": 3600.0},
    "close_old": {"task": "conversations.close_old", "schedule": 3600.0},
    "audit": {"task": "knowledge.audit", "schedule": 3600.0},
    "report_week": {"task": "knowledge.report_week", "schedule": crontab(day_of_week="mon", hour="5", minute="0")},
}
SHOP_FAULTS = ""  # a script for every call to the shop: only exams and tests set it, in their own process
SHOP_URL = os.environ.get("SHOP_URL") or f"unix:{home.shop_socket()}"
SHOP_API_KEY = os.environ.get("SHOP_API_KEY") or home.shop_key()
HANDRAIL_MODELS_DIR = Path(os.environ.get("HANDRAIL_MODELS_DIR") or home.run_data() / "models")
# Which model plays which role: `role=provider:model`, by commas; a role alone with `=` has none, and stays offline.
HANDRAIL_MODELS = models.by_role(os.environ.get("HANDRAIL_MODELS", ""))
# Who reads, words and reviews beside the rules: models where there is a key for them, unless said otherwise.
HANDRAIL_BRAIN = os.environ.get("HANDRAIL_BRAIN") or ("anthropic" if os.environ.get("ANTHROPIC_API_KEY") else "offline")
ANTHROPIC_API_KEY = os.environ.get("ANTHROPIC_API_KEY", "")
ANTHROPIC_BASE_URL = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
# Signs the company's JWTs for the widget; empty in production until the company sets it: then nobody is signed in.
HANDRAIL_WIDGET_SECRET = os.environ.get("HANDRAIL_WIDGET_SECRET") or ("" if PRODUCTION else SECRET_KEY)
# How many proxies of ours stand in front: so many entries at the end of X-Forwarded-For are believed.
HANDRAIL_PROXIES = int(os.environ.get("HANDRAIL_PROXIES", "0"))
# The demo page signs customers in by name, so it exists in the demo only.
HANDRAIL_DEMO = not PRODUCTION
HANDRAIL_BRAND = os.environ.get("HANDRAIL_BRAND", "Fernway")
# Other sites that may embed the widget, as exact origins; our own host always may.
HANDRAIL_WIDGET_ORIGINS = [origin for origin in os.environ.get("HANDRAIL_WIDGET_ORIGINS", "").split(",") if origin]
HANDRAIL_DEMO_CUSTOMERS = ["alice@example.com", "bob@example.com"]
HANDRAIL_PANELS = PANELS
HANDRAIL_PACK = os.environ.get("HANDRAIL_PACK", "packs.demo_shop")
HANDRAIL = product.DEFAULTS
