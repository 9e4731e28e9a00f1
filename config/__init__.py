"""How it is put together. The Celery app is made here, so that whoever rings finds the configured broker."""

import os

# Our matrices are small and turns run on many threads: a second thread per product costs more than it brings.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .celery import app as celery_app

__all__ = ["celery_app"]
