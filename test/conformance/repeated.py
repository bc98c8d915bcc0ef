# What is sent here to make something is lost once; the client sends it again by itself.
from checks import equal, fresh, says, serve
from mlflow import MlflowClient

client = MlflowClient()


@says("registers one model")
def _():
    name = fresh("model")
    equal(client.create_registered_model(name, tags={"k": "v"}).name, name)
    equal([model.name for model in client.search_registered_models("name = '%s'" % name)], [name])


@says("registers one version")
def _():
    name = fresh("version")
    client.create_registered_model(name)
    made = client.create_model_version(name, "s3://bucket/model", tags={"k": "v"})
    equal((made.name, int(made.version), made.status), (name, 1, "READY"))
    equal([int(version.version) for version in client.search_model_versions("name = '%s'" % name)], [1])


@says("makes one experiment")
def _():
    name = fresh("experiment")
    made = client.create_experiment(name)
    found = client.search_experiments(filter_string="name = '%s'" % name)
    equal([experiment.experiment_id for experiment in found], [made])


@says("makes one run")
def _():
    name = fresh("run")
    made = client.create_run("0", run_name=name)
    found = client.search_runs(["0"], "attributes.run_name = '%s'" % name)
    equal([run.info.run_id for run in found], [made.info.run_id])


@says("makes one logged model", since=3)
def _():
    name = fresh("logged")
    made = client.create_logged_model("0", name=name)
    found = client.search_logged_models(["0"], filter_string="name = '%s'" % name)
    equal([model.model_id for model in found], [made.model_id])


serve()
