"""How it is put together. The Celery app is made here, so that whoever rings finds the configured broker."""

from .celery import app as celery_app

__all__ = ["celery_app"]
