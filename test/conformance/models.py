import json
import os
import tempfile

import mlflow
import numpy
from checks import equal, fresh, graphql, refused, says, serve
from linear import asked, client, expected_of, log_model, logged_by_hand, major, model_of, predicts


def version_of(name, number):
    return graphql(
        "query ($ref: VersionRef!) { modelVersion(ref: $ref) { digest framework format signature } }",
        ref="%s/%s" % (name, number),
    )["modelVersion"]


def digest_of(name, number):
    return version_of(name, number)["digest"]


def is_told(name, number):
    """Stemma's own API tells of the version what MLflow reads in its files."""
    version, info = version_of(name, number), mlflow.models.get_model_info("models:/%s/%s" % (name, number))
    equal(version["framework"], "sklearn")
    equal(version["format"], info.flavors["sklearn"]["serialization_format"])
    parts = {part: json.loads(text) for part, text in info.signature.to_dict().items() if text}
    equal(version["signature"], parts)
    equal([column["name"] for column in parts["inputs"]], ["x"])


@says("logs models with a signature and an example, registers them, and loads them by number, alias, stage and latest")
def _():
    name = fresh("forest")
    for slope in (2.0, 3.0):
        with mlflow.start_run():
            log_model(slope, registered_model_name=name)
    client.transition_model_version_stage(name, "1", "Production")
    client.set_registered_model_alias(name, "champion", "1")
    predicts("models:/%s/1" % name, 2.0)
    predicts("models:/%s/2" % name, 3.0)
    predicts("models:/%s@champion" % name, 2.0)
    predicts("models:/%s/Production" % name, 2.0)
    predicts("models:/%s/latest" % name, 3.0)
    loaded = mlflow.sklearn.load_model("models:/%s/2" % name)
    assert numpy.allclose(loaded.predict(asked), expected_of(3.0))
    info = mlflow.models.get_model_info("models:/%s/1" % name)
    equal(info.signature.inputs.input_names(), ["x"])
    is_told(name, 1)
    example = mlflow.pyfunc.load_model("models:/%s/1" % name).input_example
    equal(example.to_dict("list"), {"x": [0.0]})


@says("logs by autolog a fit's metrics, params and model")
def _():
    mlflow.sklearn.autolog(log_datasets=False, silent=True)
    try:
        with mlflow.start_run() as active:
            model_of(4.0)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    run = client.get_run(active.info.run_id)
    equal(run.data.params["fit_intercept"], "True")
    equal(run.data.metrics["training_r2_score"], 1.0)
    equal(run.data.tags["estimator_name"], "LinearRegression")
    predicts("runs:/%s/model" % run.info.run_id, 4.0)
    if major >= 3:
        [made] = run.outputs.model_outputs
        files = client.list_logged_model_artifacts(made.model_id)
        equal(client.get_logged_model(made.model_id).source_run_id, run.info.run_id)
    else:
        files = client.list_artifacts(run.info.run_id, "model")
    names = {os.path.basename(file.path) for file in files}
    assert names >= {"MLmodel", "model.pkl", "requirements.txt"} or names >= {"MLmodel", "model.skops"}, names


@says("registers what a run left, READY, and keeps those bytes whatever the run leaves there later")
def _():
    name = fresh("kept")
    run = logged_by_hand(2.0)
    made = mlflow.register_model("runs:/%s/model" % run, name)
    equal((int(made.version), made.status, made.run_id), (1, "READY", run))
    before = digest_of(name, 1)
    assert len(before) == 64, before
    logged_by_hand(5.0, run)
    predicts("runs:/%s/model" % run, 5.0)
    predicts("models:/%s/1" % name, 2.0)
    equal(digest_of(name, 1), before)
    is_told(name, 1)
    mlflow.register_model("runs:/%s/model" % run, name)
    predicts("models:/%s/2" % name, 5.0)
    assert digest_of(name, 2) != before
    client.delete_run(run)
    predicts("models:/%s/1" % name, 2.0)


@says("registers a model of a run that log_model left there")
def _():
    name = fresh("later")
    with mlflow.start_run() as active:
        log_model(2.5)
    made = mlflow.register_model("runs:/%s/model" % active.info.run_id, name, tags={"k": "v"})
    equal((made.status, made.run_id, made.tags["k"]), ("READY", active.info.run_id, "v"))
    predicts("models:/%s/1" % name, 2.5)
    refused(
        "RESOURCE_DOES_NOT_EXIST",
        lambda: mlflow.register_model("runs:/%s/model" % ("0" * 32), name),
    )


@says("copies and renames versions, which load as before, and downloads their files")
def _():
    name, other, renamed = fresh("origin"), fresh("copy"), fresh("renamed")
    mlflow.register_model("runs:/%s/model" % logged_by_hand(2.0), name)
    before = digest_of(name, 1)
    copied = client.copy_model_version("models:/%s/1" % name, other)
    equal((copied.name, int(copied.version), copied.status), (other, 1, "READY"))
    client.rename_registered_model(name, renamed)
    for place in (renamed, other):
        predicts("models:/%s/1" % place, 2.0)
        equal(digest_of(place, 1), before)
        is_told(place, 1)
    client.set_registered_model_alias(other, "champion", "1")
    folder = mlflow.artifacts.download_artifacts("models:/%s@champion" % other, dst_path=tempfile.mkdtemp())
    files = graphql(
        "query ($ref: VersionRef!) { modelVersion(ref: $ref) { bundle { files { path sizeBytes } } } }",
        ref=other + "/1",
    )["modelVersion"]["bundle"]["files"]
    sizes = {file["path"]: int(file["sizeBytes"]) for file in files}
    came = {
        os.path.relpath(os.path.join(root, one), folder): os.path.getsize(os.path.join(root, one))
        for root, _, names in os.walk(folder)
        for one in names
    }
    # Which version it was downloaded as, the client writes beside.
    came.pop("registered_model_meta", None)
    equal(came, sizes)
    one = mlflow.artifacts.download_artifacts("models:/%s/1/MLmodel" % renamed, dst_path=tempfile.mkdtemp())
    equal(os.path.getsize(one), sizes["MLmodel"])


@says("is told by one question of GraphQL: version, run, dataset, commit and files, nothing of it twice")
def _():
    name, sha = fresh("whole"), os.urandom(20).hex()
    within = client.create_experiment(fresh("whole"))
    data = mlflow.data.from_pandas(asked, source="s3://bucket/%s.csv" % name, name=name)
    commit = {"mlflow.source.git.commit": sha, "mlflow.source.git.repoURL": "https://example.com/%s.git" % name}
    with mlflow.start_run(experiment_id=within, tags=commit) as active:
        mlflow.log_input(data, context="training")
        mlflow.log_metric("auc", 0.75)
        log_model(2.0, registered_model_name=name)
    version = graphql(
        """query ($ref: VersionRef!) {
          modelVersion(ref: $ref) {
            model { versions { totalCount } }
            run {
              runId
              experiment { runs { totalCount } }
              inputs { role datasetVersion { dataset { name versions { totalCount } } } }
              commit { sha }
              loggedModels { modelId }
            }
            commit { sha }
            bundle { fileCount files { path } }
            lineage(direction: UPSTREAM) { nodes { kind } }
          }
        }""",
        ref=name + "/1",
    )["modelVersion"]
    run, bundle = version["run"], version["bundle"]
    equal((run["runId"], run["commit"], version["commit"]), (active.info.run_id, {"sha": sha}, {"sha": sha}))
    one = {"totalCount": 1}
    equal(run["inputs"], [{"role": "training", "datasetVersion": {"dataset": {"name": name, "versions": one}}}])
    equal((version["model"]["versions"], run["experiment"]["runs"]), (one, one))
    logged = ["LOGGED_MODEL"] if major >= 3 else []
    equal(len(run["loggedModels"]), len(logged))
    kinds = sorted(node["kind"] for node in version["lineage"]["nodes"])
    equal(kinds, sorted(["COMMIT", "DATASET_VERSION", "MODEL_VERSION", "RUN", *logged]))
    paths = [file["path"] for file in bundle["files"]]
    equal((len(paths), len(set(paths))), (bundle["fileCount"], bundle["fileCount"]))
    assert {"MLmodel", "requirements.txt", "input_example.json"} <= set(paths), paths


serve()
