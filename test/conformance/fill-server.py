# Fills an MLflow server by its own client, whichever version that is of, with a little of everything.
# Usage: fill-server.py <url>
import json
import math
import os
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
hasLoggedModels = hasattr(client, "create_logged_model")
start = 1_700_000_000_000


def dataset(name, digest, role):
    source = json.dumps({"uri": "s3://data/" + name + ".parquet"})
    entity = Dataset(name, digest, "s3", source, json.dumps({"mlflow_colspec": []}), json.dumps({"rows": 3}))
    return DatasetInput(entity, [InputTag("mlflow.data.context", role)] if role else [])


def finished(experiment, name, at, parent=None, status="FINISHED"):
    tags = {"mlflow.user": "ada", "team": "risk", "mlflow.source.git.commit": "0123456789abcdef0123456789abcdef01234567"}
    if parent:
        tags["mlflow.parentRunId"] = parent
    run_id = client.create_run(experiment, start_time=start + at, tags=tags, run_name=name).info.run_id
    points = [Metric("loss", 1 / (step + 1), start + at + step, step) for step in range(7)]
    points += [Metric("val/auc", 0.5 + at / 1000, start + at, -1), Metric("bad", math.nan, start + at, 0)]
    points += [Metric("up", math.inf, start + at, 0), Metric("down", -math.inf, start + at, 0)]
    client.log_batch(run_id, points, [Param("depth", str(at)), Param("empty", "")], [RunTag("note", "größer 'and' \"so\"")])
    client.log_inputs(run_id, [dataset("train", "d1" + str(at), "train"), dataset("shared", "d0", "")])
    client.set_terminated(run_id, status, start + at + 100)
    return run_id


fraud = client.create_experiment("risk.fraud", tags={"owner": "ada", "mlflow.note.content": "about fraud"})
parent = finished(fraud, "sweep", 10)
runs = [finished(fraud, "child %d" % n, 20 + n, parent, "FAILED" if n == 3 else "FINISHED") for n in range(4)]
client.delete_run(finished(fraud, "thrown away", 40))
running = client.create_run(fraud, start_time=start + 50, run_name="under way").info.run_id
client.log_metric(running, "loss", 0.25, start + 51, 1)
client.log_batch(running, [Metric("long", step / 3, start + step, step) for step in range(1_000)])
client.log_batch(running, [Metric("long", step / 3, start + step, step) for step in range(1_000, 1_900)])
gone = client.create_experiment("risk.gone")
finished(gone, "in what is gone", 60)
client.delete_experiment(gone)
finished("0", "in the usual place", 70)

for run_id, body in zip(runs, ("one", "two", "three", "four")):
    client.log_text(run_id, "flavors:\n  sklearn:\n    serialization_format: skops\nnote: %s\n" % body, "model/MLmodel")
    client.log_text(run_id, body * 1_000, "model/data/größe 1.txt")

client.log_text(parent, "", "empty.txt")
client.log_text(parent, "a curve\n" * 50, "plots/größe 100 %.svg")
client.log_text(running, "so far", "log.txt")

client.create_registered_model("risk.fraud-detector", tags={"team": "risk"}, description="finds fraud")
for number, run_id in enumerate(runs, 1):
    source = client.get_run(run_id).info.artifact_uri + "/model"
    client.create_model_version("risk.fraud-detector", source, run_id, tags={"n": str(number)}, description="no. %d" % number)
client.transition_model_version_stage("risk.fraud-detector", "1", "Archived")
client.transition_model_version_stage("risk.fraud-detector", "3", "Production")
client.transition_model_version_stage("risk.fraud-detector", "4", "Staging")
client.delete_model_version("risk.fraud-detector", "2")
client.set_registered_model_alias("risk.fraud-detector", "champion", "3")
client.set_registered_model_alias("risk.fraud-detector", "challenger", "4")
client.create_registered_model("elsewhere")
client.create_model_version("elsewhere", "s3://models/elsewhere/1", tags={"size": "large"})
client.create_model_version("elsewhere", "s3://models/elsewhere/2")
client.delete_model_version("elsewhere", "1")
client.create_registered_model("empty")

if hasLoggedModels:
    model = client.create_logged_model(fraud, "forest", runs[0], {"kind": "tree"}, {"trees": "100"}, "sklearn")
    client.log_batch(runs[0], [Metric("f1", 0.75, start + 500, 3, model.model_id, "train", "d120")])
    folder = os.path.join(os.getcwd(), "logged")
    os.makedirs(folder)
    with open(os.path.join(folder, "MLmodel"), "w") as file:
        file.write("flavors:\n  xgboost:\n    model_format: ubj\nsignature:\n  inputs: '[{\"type\": \"long\", \"name\": \"a\", \"required\": true}]'\n")
    client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    client.log_outputs(runs[0], [LoggedModelOutput(model.model_id, 0)])
    client.log_inputs(runs[1], models=[LoggedModelInput(model.model_id)])
    client.create_registered_model("risk.forest")
    client.create_model_version("risk.forest", "models:/" + model.model_id, runs[0], model_id=model.model_id)
print("filled", flush=True)
