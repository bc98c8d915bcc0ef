# MLflow's own server, as `mlflow server` configures it, in one process on a store of its own: a database, or for
# MLflow 2 the folder that is usual there.
# Usage: mlflow-server.py <empty folder>; prints `listening on <port>` when it answers.
# Ends when its standard input ends, so that it never outlives who started it.
import os
import socket
import sys
import threading

from mlflow.version import VERSION

folder = sys.argv[1]
isFolder = VERSION.startswith("2.")
store = os.path.join(folder, "mlruns") if isFolder else "sqlite:///" + os.path.join(folder, "mlflow.db")
os.environ.update(
    _MLFLOW_SERVER_FILE_STORE=store,
    _MLFLOW_SERVER_REGISTRY_STORE=store,
    _MLFLOW_SERVER_ARTIFACT_ROOT="mlflow-artifacts:/",
    _MLFLOW_SERVER_SERVE_ARTIFACTS="true",
    _MLFLOW_SERVER_ARTIFACT_DESTINATION=os.path.join(folder, "artifacts"),
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
)

from mlflow.server.handlers import initialize_backend_stores  # noqa: E402


def end_with_standard_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_standard_input, daemon=True).start()
initialize_backend_stores(store, store, "mlflow-artifacts:/")
bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
bound.bind(("127.0.0.1", 0))
bound.listen(512)
listening = "listening on %d" % bound.getsockname()[1]
try:
    import uvicorn
    from mlflow.server.fastapi_app import app
except ImportError:
    # MLflow 2 is served by Flask alone.
    import logging

    from mlflow.server import app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    print(listening, flush=True)
    make_server("127.0.0.1", 0, app, threaded=True, fd=bound.fileno()).serve_forever()
else:
    print(listening, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[bound])
