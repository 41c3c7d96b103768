"""Settings of one Lokum installation; every value that differs between installations comes from the environment.

DATABASE_URL        the application's role (no DDL, no BYPASSRLS)
DATABASE_OWNER_URL  the role that owns the schema and runs migrations (default: DATABASE_URL)
DATABASE_JOBS_URL   the role of background workers (default: DATABASE_URL)
"""

from pathlib import Path

import environ

from lokum.providers import provider_origins

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env("LOKUM_STATE", default=str(BASE_DIR / "var")))

DEBUG = env.bool("LOKUM_DEBUG", default=False)
SECRET_KEY = env("LOKUM_SECRET_KEY", default="") or "unsafe-key-for-commands-that-serve-nobody"
SECRET_KEY_IS_REAL = bool(env("LOKUM_SECRET_KEY", default=""))
SECRET_KEY_FALLBACKS = env.list("LOKUM_FORMER_SECRET_KEYS", default=[])
ALLOWED_HOSTS = env.list("LOKUM_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
SITE_URL = env("LOKUM_SITE_URL", default="http://localhost:8000")
SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "lokum.core.base",
    "lokum.core.desk",
    "lokum.core.organisation",
    "lokum.core.access",
    "lokum.core.audit",
    "lokum.core.outbox",
    "lokum.core.jobs",
    "lokum.core.annex",
    "lokum.core.papers",
    "lokum.core.flow",
    "lokum.core.reports",
    "lokum.property.parties",
    "lokum.property.estates",
    "lokum.property.occupancy",
    "lokum.property.supply",
    "lokum.property.reshaping",
    "lokum.money.ledger",
    "lokum.money.interest",
    "lokum.money.charges",
    "lokum.money.deposits",
    "lokum.money.allowances",
    "lokum.money.payments",
    "lokum.money.banking",
    "lokum.money.arrears",
    "lokum.money.documents",
    "lokum.money.changeover",
    "lokum.money.rehearsals",
    "lokum.packs.pl",
    "lokum.packs.tw",
    "lokum.packs.cn",
    "lokum.backoffice",
    "lokum.portal",
    "lokum.api",
    "lokum.demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lokum.failures.MethodPageMiddleware",
    "lokum.core.access.middleware.RequestContextMiddleware",
]

ROOT_URLCONF = "lokum.urls"
WSGI_APPLICATION = "lokum.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "lokum" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "lokum.core.desk.context.shell",
                "lokum.core.organisation.context.operator",
                "lokum.core.access.context.person",
            ],
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------
# A worker process (LOKUM_PROCESS=worker) signs in with the jobs' role.
_app_url = env("DATABASE_JOBS_URL", default="") if env("LOKUM_PROCESS", default="") == "worker" else ""
_app_url = _app_url or env("DATABASE_URL", default="postgres://lokum_app@127.0.0.1:5432/lokum")
_OPTIONS = {"OPTIONS": {"application_name": "lokum"}, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": environ.Env.db_url_config(_app_url) | _OPTIONS,
    # The owner of the schema: migrations only. Code that serves requests never names this alias.
    "owner": environ.Env.db_url_config(env("DATABASE_OWNER_URL", default=_app_url)) | {"CONN_MAX_AGE": 0},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- languages ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("pl", "Polski"),
    ("zh-hant", "繁體中文"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "lokum" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_NAME = "lokum_language"
FORMAT_MODULE_PATH = "lokum.formats"

# --- files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "lokum" / "static"]
FILE_STORE = STATE_DIR / "files"  # content-addressed store of attachments, bank files and rendered papers
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILE_STORE},
    },
    "staticfiles": {"BACKEND": "lokum.stylesheets.Storage"},
}
WHITENOISE_USE_FINDERS = env.bool("LOKUM_STATIC_FINDERS", default=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- sign-in -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["lokum.core.access.backends.SignInBackend"]
PASSWORD_HASHERS = ["lokum.core.access.hashers.TunedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "lokum.core.access.passwords.PolicyValidator"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # a new address counts once it is proven; the old one stays until then
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "change_password": "lokum.core.access.account_forms.ChangePassword",
    "set_password": "lokum.core.access.account_forms.SetPassword",
    "reset_password_from_key": "lokum.core.access.account_forms.ResetPassword",
}
# Outside providers. OpenID Connect: a JSON list of {provider_id, name, client_id, secret, settings: {server_url}};
# SAML: of {provider_id, name, client_id (part of our addresses), settings: {idp: {...}, verified_email, ...}}.
OIDC_APPS, SAML_APPS = env.json("LOKUM_OIDC", default=[]), env.json("LOKUM_SAML", default=[])
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC_APPS}, "saml": {"APPS": SAML_APPS}}
if SAML_APPS:  # its libraries take 20 MB of every process; only who uses them pays
    INSTALLED_APPS.append("allauth.socialaccount.providers.saml")
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = True
ACCOUNT_ADAPTER = "lokum.core.access.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "lokum.core.access.adapters.SocialAccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Guessing is slowed per network and per account; a device the owner used before has a limit of its own.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/m/ip,5/5m/key",
    "login_known_device": "10/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "10/m/user",
}
# Minutes without activity, minutes in all.
SESSION_LIMIT_MINUTES = {"staff": (30, 12 * 60), "resident": (60, 24 * 60)}
SESSION_COOKIE_AGE = 24 * 3600
PASSWORD_MIN_LENGTH = {"staff": 12, "resident": 8}
FIRST_PASSWORD_DAYS = env.int("LOKUM_FIRST_PASSWORD_DAYS", default=30)
# Networks of our own proxies; only they may say for whom they ask.
TRUSTED_PROXIES = env.list("LOKUM_TRUSTED_PROXIES", default=[])
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Lokum"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a new address counts only once proven; the factor need not wait for it
MFA_ADAPTER = "lokum.core.access.second_factor.SecondFactorAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-lokum_session" if SECURE else "lokum_session"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-lokum_csrf" if SECURE else "lokum_csrf"
CSRF_FAILURE_VIEW = "lokum.failures.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        # A browser holds a form to this rule when its answer leads on to the provider.
        "form-action": ["'self'", *provider_origins(OIDC_APPS, SAML_APPS)],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- cache, mail, logs -------------------------------------------------------------------------------------------
# Counters of the sign-in limits must be seen by every process, so the cache lives in the database.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entry"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
# Without LOKUM_EMAIL_URL (smtp://user:password@host:port) mail stays in the local mailbox page.
EMAIL_CONFIG = env.email("LOKUM_EMAIL_URL", default="consolemail://")
EMAIL_HOST, EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_HOST") or "", EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env("LOKUM_FROM_EMAIL", default="lokum@localhost")

# Webhooks may call addresses of private networks only where the operator says so.
WEBHOOK_PRIVATE = env.bool("LOKUM_WEBHOOK_PRIVATE", default=False)

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # our own widgets lie among our templates
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env("LOKUM_LOG_LEVEL", default="INFO")},
    # The queue tells of every start of every command; jobs keep their own progress rows.
    "loggers": {"procrastinate": {"level": "WARNING"}},
}
