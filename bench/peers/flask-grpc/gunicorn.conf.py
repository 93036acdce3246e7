"""gunicorn as Flask's guide sets it up, two processes for each core, with its threaded worker.

The default worker closes the connection after every answer; the threaded one keeps it, as every other side does, and
was never the slower of the two.
"""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 2 * len(os.sched_getaffinity(0))
worker_class = "gthread"
threads = 4
control_socket_disable = True
