import os
import tempfile

import mlflow
from checks import equal, says, serve
from mlflow import MlflowClient

client = MlflowClient()
folder = tempfile.mkdtemp()
large = os.path.join(folder, "large weights.bin")
with open(large, "wb") as file:
    file.write(os.urandom(20 * 1024**2 + 7))
run = client.create_run("0").info.run_id


@says("sends a large file in parts")
def _():
    client.log_artifact(run, large, "model/data")
    [found] = client.list_artifacts(run, "model/data")
    equal((found.path, found.file_size), ("model/data/large weights.bin", os.path.getsize(large)))


@says("fetches a large file in parts", since=3)
def _():
    came = mlflow.artifacts.download_artifacts(
        run_id=run, artifact_path="model/data/large weights.bin", dst_path=tempfile.mkdtemp()
    )
    with open(came, "rb") as file, open(large, "rb") as sent:
        assert file.read() == sent.read(), "other bytes came than were sent"


serve()
