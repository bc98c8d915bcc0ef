import math

import mlflow
import pandas
from checks import equal, fresh, pages, refused, says, serve
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

client = MlflowClient()


def experiment():
    return client.create_experiment(fresh("experiment"))


def names(experiment_id, filter_string="", **more):
    return [run.info.run_name for run in client.search_runs([experiment_id], filter_string, **more)]


@says("starts a run in the experiment Default, logs to it and ends it")
def _():
    with mlflow.start_run(run_name="first", description="what it is") as active:
        mlflow.log_params({"depth": 3, "kind": "forest"})
        mlflow.log_param("rate", 0.5)
        mlflow.log_metrics({"auc": 0.5, "loss": 2.0}, step=1)
        mlflow.log_metric("auc", 0.75, step=2)
        mlflow.set_tags({"team": "risk", "n": 1})
        mlflow.set_tag("team", "credit")
        equal(client.get_run(active.info.run_id).info.status, "RUNNING")
    run = client.get_run(active.info.run_id)
    equal(
        (run.info.experiment_id, run.info.run_name, run.info.status, run.info.lifecycle_stage),
        ("0", "first", "FINISHED", "active"),
    )
    assert run.info.end_time >= run.info.start_time > 1_600_000_000_000
    equal(run.data.params, {"depth": "3", "kind": "forest", "rate": "0.5"})
    equal(run.data.metrics, {"auc": 0.75, "loss": 2.0})
    own = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    equal(own, {"team": "credit", "n": "1"})
    equal((run.data.tags["mlflow.runName"], run.data.tags["mlflow.note.content"]), ("first", "what it is"))
    equal(run.info.artifact_uri, "mlflow-artifacts:/0/%s/artifacts" % run.info.run_id)


@says("marks a run FAILED whose work throws, and takes it up again")
def _():
    try:
        with mlflow.start_run() as active:
            raise ValueError("trouble")
    except ValueError:
        pass
    equal(client.get_run(active.info.run_id).info.status, "FAILED")
    with mlflow.start_run(run_id=active.info.run_id):
        mlflow.log_metric("again", 1)
        equal(client.get_run(active.info.run_id).info.status, "RUNNING")
    equal(client.get_run(active.info.run_id).info.status, "FINISHED")
    client.set_terminated(active.info.run_id, "KILLED")
    equal(client.get_run(active.info.run_id).info.status, "KILLED")


@says("gives a run without a name one of its own, and renames it")
def _():
    run = client.create_run("0")
    assert run.info.run_name and run.data.tags["mlflow.runName"] == run.info.run_name
    client.update_run(run.info.run_id, name="renamed")
    run = client.get_run(run.info.run_id)
    equal((run.info.run_name, run.data.tags["mlflow.runName"]), ("renamed", "renamed"))


@says("nests runs, and finds the children by their parent")
def _():
    with mlflow.start_run() as parent:
        for number in range(3):
            with mlflow.start_run(run_name="child %d" % number, nested=True) as child:
                mlflow.log_metric("n", number)
    equal(client.get_parent_run(child.info.run_id).info.run_id, parent.info.run_id)
    filter_string = "tags.mlflow.parentRunId = '%s'" % parent.info.run_id
    equal(sorted(names("0", filter_string)), ["child 0", "child 1", "child 2"])


@says("logs a batch of a thousand, and refuses one that is too large without keeping any of it")
def _():
    run_id = client.create_run(experiment()).info.run_id
    metrics = [Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(800)]
    params = [Param("p%d" % number, str(number)) for number in range(100)]
    tags = [RunTag("t%d" % number, str(number)) for number in range(100)]
    client.log_batch(run_id, metrics, params, tags)
    run = client.get_run(run_id)
    equal((run.data.metrics["loss"], len(run.data.params)), (1 / 800, 100))
    equal(sum(key.startswith("t") for key in run.data.tags), 100)
    equal(
        [(it.step, it.value, it.timestamp) for it in client.get_metric_history(run_id, "loss")],
        [(it.step, it.value, it.timestamp) for it in metrics],
    )
    other = client.create_run(experiment()).info.run_id
    refused(
        "INVALID_PARAMETER_VALUE", lambda: client.log_batch(other, params=[Param("k", "v"), Param("k", "w")])
    )
    equal(client.get_run(other).data.params, {})


@says("lets a param be logged again as it is, and refuses another value")
def _():
    run_id = client.create_run("0").info.run_id
    client.log_param(run_id, "depth", 3)
    client.log_param(run_id, "depth", 3)
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "depth", 4))
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_batch(run_id, params=[Param("depth", "4")]))
    equal(client.get_run(run_id).data.params, {"depth": "3"})


@says("keeps metrics that are no numbers, infinite, negative, tiny and huge")
def _():
    run_id = client.create_run("0").info.run_id
    values = {
        "zero": 0.0,
        "inf": math.inf,
        "minus": -math.inf,
        "tiny": 5e-324,
        "huge": 1.7976931348623157e308,
        "third": 1 / 3,
    }
    for key, value in {**values, "nan": math.nan}.items():
        client.log_metric(run_id, key, value, step=-1)
    came = client.get_run(run_id).data.metrics
    assert math.isnan(came.pop("nan"))
    # MLflow's own server keeps the largest number for infinity; here it is infinity.
    equal(came, values)
    [point] = client.get_metric_history(run_id, "inf")
    equal((point.value, point.step), (math.inf, -1))


@says("takes as a metric's last value that of the highest step, then time, then value")
def _():
    run_id = client.create_run("0").info.run_id
    for value, timestamp, step in ((1, 10, 2), (2, 20, 1), (3, 10, 2), (2.5, 10, 2), (9, 5, 2)):
        client.log_metric(run_id, "m", value, timestamp, step)
    equal(client.get_run(run_id).data.metrics, {"m": 3.0})
    equal(len(client.get_metric_history(run_id, "m")), 5)
    equal(client.get_metric_history(run_id, "nothing"), [])


@says("sets and deletes tags of a run, and refuses to delete one that is not there")
def _():
    run_id = client.create_run("0", tags={"a": "1"}).info.run_id
    client.set_tag(run_id, "b", "2")
    client.delete_tag(run_id, "a")
    tags = client.get_run(run_id).data.tags
    assert "a" not in tags and tags["b"] == "2", tags
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(run_id, "a"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.set_tag(run_id, "a/../b", "x"))


@says("shows the datasets that a run has used, with what for")
def _():
    data = mlflow.data.from_pandas(
        pandas.DataFrame({"x": [1, 2], "y": [0, 1]}),
        source="s3://bucket/data.csv",
        name="credit",
        targets="y",
    )
    with mlflow.start_run(experiment_id=experiment()) as active:
        mlflow.log_input(data, context="training")
        mlflow.log_input(data, context="training")
    [used] = client.get_run(active.info.run_id).inputs.dataset_inputs
    equal((used.dataset.name, used.dataset.digest, used.dataset.source_type), ("credit", data.digest, "s3"))
    equal([(tag.key, tag.value) for tag in used.tags], [("mlflow.data.context", "training")])
    within = active.info.experiment_id
    for text in (
        "dataset.name = 'credit'",
        "datasets.digest = '%s'" % data.digest,
        "dataset.context = 'training'",
        "dataset.name LIKE 'cre%'",
    ):
        equal(len(client.search_runs([within], text)), 1)
    equal(client.search_runs([within], "dataset.context = 'test'"), [])


def three_runs():
    within = experiment()
    for number, (name, color) in enumerate((("one", "red"), ("Two", "Red"), ("three", None)), 1):
        run = client.create_run(
            within,
            start_time=1_700_000_000_000 + number,
            run_name=name,
            tags={"color": color} if color else {},
        )
        client.log_metric(run.info.run_id, "m", number)
        client.log_param(run.info.run_id, "p", name)
        if number == 1:
            client.log_metric(run.info.run_id, "only one", 1)
        client.set_terminated(
            run.info.run_id, "FAILED" if number == 3 else "FINISHED", end_time=1_700_000_001_000 + number
        )
    return within


def finds(within, expected):
    """For each filter the names of the runs that it finds, in their order."""
    equal({text: " ".join(names(within, text)) for text in expected}, expected)


@says("searches runs by every comparator of metrics, params, tags and attributes")
def _():
    within = three_runs()
    expected = {
        "metrics.m = 2": "Two",
        "metrics.m != 2": "three one",
        "metrics.m > 1": "three Two",
        "metrics.m >= 2": "three Two",
        "metric.m < 2": "one",
        "metrics.m <= 2.0": "Two one",
        "metrics.`only one` > 0": "one",
        "metrics.nothing > 0": "",
        "params.p = 'one'": "one",
        "param.p != 'one'": "three Two",
        "params.p LIKE 't%'": "three",
        "params.p ILIKE 't%'": "three Two",
        "tags.color = 'red'": "one",
        "tags.color != 'red'": "Two",
        "tag.color LIKE 'r%'": "one",
        "tags.color ILIKE 'r_d'": "Two one",
        "attributes.status = 'FINISHED'": "Two one",
        "status != 'FINISHED'": "three",
        "attributes.run_name = 'Two'": "Two",
        "run_name ILIKE 'T%'": "three Two",
        "attribute.start_time > 1700000000001": "three Two",
        "end_time <= 1700000001002 AND metrics.m > 1": "Two",
        "metrics.m > 0 and params.p LIKE '%o%' AND tags.color = \"red\"": "one",
    }
    finds(within, expected)
    ids = {run.info.run_name: run.info.run_id for run in client.search_runs([within])}
    equal(names(within, "run_id = '%s'" % ids["Two"]), ["Two"])
    equal(names(within, "attributes.run_id IN ('%s', '%s')" % (ids["one"], ids["three"])), ["three", "one"])
    equal(names(within, "run_id NOT IN ('%s', '%s')" % (ids["one"], ids["three"])), ["Two"])


@says("searches runs by what they have and what they lack of tags and params", since=3)
def _():
    within = three_runs()
    expected = {
        "tags.color IS NULL": "three",
        "tags.color IS NOT NULL": "Two one",
        "tags.nothing IS NULL": "three Two one",
        "tags.nothing IS NOT NULL": "",
        "params.p IS NULL": "",
        "params.p is not null": "three Two one",
        "tags.color IS NOT NULL AND metrics.m > 1": "Two",
        "params.nothing IS NULL AND tags.`color` IS NULL": "three",
    }
    finds(within, expected)
    for text in ("metrics.m IS NULL", "attributes.status IS NOT NULL"):
        refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs([within], text))


@says("refuses filters and orders of runs that nobody can read")
def _():
    for text in (
        "metrics.m > 'x'",
        "metrics.m LIKE 'x'",
        "params.p > 'x'",
        "nope.a = 'x'",
        "attributes.nope = 'x'",
        "metrics.m > 1 OR metrics.m < 0",
        "params.p = x",
        "metrics.m >",
        "start_time > 'x'",
    ):
        refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], text))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], order_by=["nope.a"]))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], max_results=50_001))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], page_token="nonsense"))


@says("orders runs by metrics, params, tags and attributes, those without last, and pages through them")
def _():
    within = three_runs()
    expected = {
        None: "three Two one",
        "metrics.m ASC": "one Two three",
        "metrics.m DESC": "three Two one",
        "metrics.`only one` DESC": "one three Two",
        "metrics.`only one` ASC": "one three Two",
        "params.p ASC": "Two one three",
        "start_time ASC": "one Two three",
        "attributes.end_time DESC": "three Two one",
        "attributes.run_name ASC": "Two one three",
        "status ASC": "three Two one",
    }
    came = {order: " ".join(names(within, order_by=[order] if order else None)) for order in expected}
    equal(came, expected)
    for order in expected:
        lengths, runs = pages(
            lambda token: client.search_runs([within], "", 1, 2, [order] if order else None, token)
        )
        equal((lengths, " ".join(run.info.run_name for run in runs)), ([2, 1], expected[order]))


@says("gives runs as a table, over several experiments")
def _():
    both = [three_runs(), three_runs()]
    table = mlflow.search_runs(both, "metrics.m >= 2", order_by=["metrics.m DESC"])
    equal(list(table["metrics.m"]), [3.0, 3.0, 2.0, 2.0])
    equal(sorted(set(table["experiment_id"])), sorted(both))


@says("deletes a run, shows it among the deleted, refuses to log to it, and restores it")
def _():
    within = experiment()
    run_id = client.create_run(within).info.run_id
    client.delete_run(run_id)
    equal(client.get_run(run_id).info.lifecycle_stage, "deleted")

    def count(view):
        return len(client.search_runs([within], run_view_type=view))

    equal([count(view) for view in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL)], [0, 1, 1])
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_metric(run_id, "m", 1))
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1)
    equal([count(view) for view in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL)], [1, 0, 1])
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("0" * 32), "not found")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.log_metric("0" * 32, "m", 1))


@says("makes, finds, renames, tags, deletes and restores an experiment")
def _():
    name = fresh("work")
    made = client.create_experiment(name, tags={"team": "risk"})
    shown = client.get_experiment_by_name(name)
    equal((shown.experiment_id, shown.tags, shown.lifecycle_stage), (made, {"team": "risk"}, "active"))
    equal(client.get_experiment("0").name, "Default")
    equal(client.get_experiment_by_name(fresh("nobody")), None)
    client.set_experiment_tag(made, "team", "credit")
    client.rename_experiment(made, name + " again")
    equal(
        (client.get_experiment(made).name, client.get_experiment(made).tags),
        (name + " again", {"team": "credit"}),
    )
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(name + " again"))
    client.delete_experiment(made)
    equal(client.get_experiment(made).lifecycle_stage, "deleted")
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_run(made))
    client.restore_experiment(made)
    equal(client.get_experiment(made).lifecycle_stage, "active")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("987654321"))


@says("searches experiments by name and tag, in order and page by page")
def _():
    base = fresh("Lab")
    made = [
        client.create_experiment("%s-%d" % (base, number), tags={"n": str(number % 2)}) for number in range(5)
    ]
    within = "name LIKE '%s%%'" % base

    def found(text, **more):
        return [it.experiment_id for it in client.search_experiments(filter_string=text, **more)]

    equal(sorted(found(within)), sorted(made))
    equal(found(within, order_by=["name ASC"]), made)
    equal(found(within, order_by=["name DESC"]), made[::-1])
    equal(found("name ILIKE '%s%%'" % base.lower(), order_by=["name"]), made)
    equal(found(within + " AND tags.n = '1'", order_by=["name"]), [made[1], made[3]])
    equal(found("name = '%s-2'" % base), [made[2]])
    lengths, shown = pages(
        lambda token: client.search_experiments(
            filter_string=within, max_results=2, order_by=["name"], page_token=token
        )
    )
    equal((lengths, [it.experiment_id for it in shown]), ([2, 2, 1], made))
    client.delete_experiment(made[0])
    equal(found(within, view_type=ViewType.DELETED_ONLY), [made[0]])
    equal(len(found(within, view_type=ViewType.ALL)), 5)


@says("works in an experiment that set_experiment makes")
def _():
    name = fresh("set")
    made = mlflow.set_experiment(name)
    try:
        with mlflow.start_run() as active:
            pass
        equal(active.info.experiment_id, made.experiment_id)
        equal(mlflow.set_experiment(name).experiment_id, made.experiment_id)
    finally:
        mlflow.set_experiment(experiment_id="0")


@says("makes logged models of a run, with params, tags and metrics, and finds them", since=3)
def _():
    within = experiment()
    run_id = client.create_run(within).info.run_id
    made = client.create_logged_model(
        within, name="forest", source_run_id=run_id, tags={"k": "v"}, params={"depth": "3"}, model_type="tree"
    )
    equal(
        (made.name, made.source_run_id, made.tags["k"], made.params, str(made.status)),
        ("forest", run_id, "v", {"depth": "3"}, "PENDING"),
    )
    equal(made.artifact_location, "mlflow-artifacts:/%s/models/%s/artifacts" % (within, made.model_id))
    client.log_metric(run_id, "auc", 0.5, step=1, model_id=made.model_id)
    equal(str(client.finalize_logged_model(made.model_id, "READY").status), "READY")
    client.set_logged_model_tags(made.model_id, {"k": "w", "l": "x"})
    client.delete_logged_model_tag(made.model_id, "l")
    shown = client.get_logged_model(made.model_id)
    equal((shown.tags["k"], "l" in shown.tags), ("w", False))
    equal([(it.key, it.value, it.step) for it in shown.metrics], [("auc", 0.5, 1)])
    for text in (
        "name = 'forest'",
        "metrics.auc > 0.4",
        "params.depth = '3'",
        "tags.k = 'w'",
        "attributes.source_run_id = '%s'" % run_id,
    ):
        equal(
            [it.model_id for it in client.search_logged_models([within], filter_string=text)], [made.model_id]
        )
    equal(len(client.search_logged_models([within], filter_string="metrics.auc > 0.6")), 0)
    client.delete_logged_model(made.model_id)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_logged_model(made.model_id))


serve()
