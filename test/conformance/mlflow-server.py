# MLflow's own server, as `mlflow server` configures it, in one process on a database of its own.
# Usage: mlflow-server.py <empty folder>; prints `listening on <port>` when it answers.
# Ends when its standard input ends, so that it never outlives who started it.
import os
import socket
import sys
import threading

folder = sys.argv[1]
store = "sqlite:///" + os.path.join(folder, "mlflow.db")
os.environ.update(
    _MLFLOW_SERVER_FILE_STORE=store,
    _MLFLOW_SERVER_REGISTRY_STORE=store,
    _MLFLOW_SERVER_ARTIFACT_ROOT="mlflow-artifacts:/",
    _MLFLOW_SERVER_SERVE_ARTIFACTS="true",
    _MLFLOW_SERVER_ARTIFACT_DESTINATION=os.path.join(folder, "artifacts"),
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
)

import uvicorn  # noqa: E402
from mlflow.server.fastapi_app import app  # noqa: E402
from mlflow.server.handlers import initialize_backend_stores  # noqa: E402


def end_with_standard_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_standard_input, daemon=True).start()
initialize_backend_stores(store, store, "mlflow-artifacts:/")
bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
bound.bind(("127.0.0.1", 0))
bound.listen(512)
print("listening on %d" % bound.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[bound])
