"""The WSGI door for `lianxin serve` and any other server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.config.settings")
application = get_wsgi_application()
