"""The WSGI door for `lianxin serve` and any other server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.config.settings")
application = get_wsgi_application()
# Pages and API are read now and not while the first visitor waits; the collector of garbage never looks through them again.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
