"""Settings: safe by default, everything that differs between installations comes from the environment.

LIANXIN_HOME (default `var/`) holds all state; DATABASE_URL selects PostgreSQL, nothing else does; the secret key is made once and
kept in LIANXIN_HOME with mode 0600 unless LIANXIN_SECRET_KEY gives it.
"""

import gc
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

# Starting makes a million objects that all stay; looking through them after every 700 new ones takes a seventh of the start.
gc.set_threshold(50_000, 10, 10)

HOME = Path(os.environ.get("LIANXIN_HOME", "var")).resolve()
TESTING = "pytest" in sys.modules
DEBUG = os.environ.get("LIANXIN_DEBUG") == "1"


def _secret_key() -> str:
    given = os.environ.get("LIANXIN_SECRET_KEY")
    if given:
        return given
    if TESTING:
        return "only-for-tests"
    HOME.mkdir(parents=True, exist_ok=True)
    path = HOME / "secret_key"
    try:
        # O_EXCL: two processes starting at once must not each write a key of their own.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [h for h in os.environ.get("LIANXIN_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("LIANXIN_ORIGINS", "").split(",") if o]
# Behind HTTPS (any real installation) cookies are secure; `lianxin serve` on a desk is plain HTTP on the loopback address.
HTTPS = os.environ.get("LIANXIN_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

APPS = [
    "foundation",
    "ui",
    "people",
    "retailers",
    "goods",
    "orders",
    "plans",
    "visits",
    "voice",
    "supply",
    "demand",
    "market",
    "oversight",
    "appraisal",
    "field",
    "simulation",
    "web",
]
ROOT = Path(__file__).resolve().parent.parent
INSTALLED_APPS = [
    # whitenoise serves files in development as it does in production
    "whitenoise.runserver_nostatic",
    *[f"lianxin.{app}" for app in APPS if (ROOT / app / "apps.py").exists()],
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_vite",
    "template_partials",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "lianxin.foundation.middleware.NothingTooLarge",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lianxin.retailers.middleware.RetailerAtTheDoor",
    "lianxin.foundation.middleware.SignedInOnly",
    "lianxin.foundation.middleware.RefusedIsAnAnswer",
]
ROOT_URLCONF = "lianxin.config.urls"
WSGI_APPLICATION = "lianxin.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "lianxin.foundation.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "template_partials.templatetags.partials"],
        },
    }
]


def _database() -> dict[str, Any]:
    given = os.environ.get("DATABASE_URL") or f"sqlite:///{HOME / 'lianxin.sqlite3'}"
    try:
        return {**dj_database_url.parse(given, conn_max_age=60, conn_health_checks=True)}
    except ValueError as wrong:
        # The address may hold a password, so it is not shown.
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; it is like postgres://user:password@host:5432/name, or sqlite:////path/to/file."
        ) from wrong


DATABASES: dict[str, Any] = {"default": _database()}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes its lock at the start and waits, instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=268435456;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c statement_timeout=60000 -c lock_timeout=10000"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 5000}}}

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# Retailers have a door, a cookie and a session of their own (retailers/middleware.py).
RETAILER_LOGIN_URL = "own:sign_in"
RETAILER_HOME_URL = "own:home"
RETAILER_COOKIE = "lianxin_retailer"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "lianxin.foundation.accounts.NoPublicSignUp"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [str(ROOT / app / "locale") for app in APPS] + [str(ROOT / "cli" / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = None
STATICFILES_DIRS = (
    [ROOT / "web" / "static"] if (ROOT / "web" / "static").exists() and not (ROOT / "web" / "apps.py").exists() else []
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The build folder is read by finders; no collectstatic step stands between a clone and its first page.
WHITENOISE_USE_FINDERS = True
# Every test client loads the middleware anew; reading all files each time would be a quarter of what page tests need.
WHITENOISE_AUTOREFRESH = TESTING
MEDIA_ROOT = HOME / "files"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": ROOT / "web" / "static" / "dist" / ".vite" / "manifest.json",
        "static_url_prefix": "dist",
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
UPLOAD_LIMIT_BYTES = int(os.environ.get("LIANXIN_UPLOAD_LIMIT_MB", "512")) * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

ENGINE = os.environ.get("LIANXIN_ENGINE", "duckdb")
ENGINE_MEMORY = os.environ.get("LIANXIN_ENGINE_MEMORY", "2GB")
LAKE = HOME / "lake"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LIANXIN_LOG", "WARNING")},
}
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
