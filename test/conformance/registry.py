from concurrent.futures import ThreadPoolExecutor

import mlflow
from checks import equal, fresh, pages, refused, says, serve
from mlflow import MlflowClient

client = MlflowClient()


def model_with(versions, name="model"):
    name = fresh(name)
    client.create_registered_model(name)
    for number in range(1, versions + 1):
        client.create_model_version(name, "s3://bucket/%s/%d" % (name, number))
    return name


def found(filter_string, **more):
    return [model.name for model in client.search_registered_models(filter_string, **more)]


def numbers(filter_string, **more):
    return [int(version.version) for version in client.search_model_versions(filter_string, **more)]


def stages(name):
    return {int(v.version): v.current_stage for v in client.search_model_versions("name = '%s'" % name)}


@says("makes, shows, describes, renames and deletes a registered model")
def _():
    name, other = fresh("credit"), fresh("risk")
    made = client.create_registered_model(name, tags={"team": "risk"}, description="first")
    equal((made.name, made.description, made.tags), (name, "first", {"team": "risk"}))
    assert made.creation_timestamp > 1_600_000_000_000
    equal(client.update_registered_model(name, "second").description, "second")
    client.create_model_version(name, "s3://bucket/model")
    client.rename_registered_model(name, other)
    equal(client.get_registered_model(other).tags, {"team": "risk"})
    equal(client.get_model_version(other, "1").name, other)
    refused(
        "RESOURCE_DOES_NOT_EXIST",
        lambda: client.get_registered_model(name),
        "Registered Model with name=%s not found" % name,
    )
    client.delete_registered_model(other)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(other))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version(other, "1"))


@says("refuses a model whose name is taken, empty or no text, and one that is not there")
def _():
    name = model_with(0)
    refused(
        "RESOURCE_ALREADY_EXISTS",
        lambda: client.create_registered_model(name),
        "Registered Model (name=%s) already exists" % name,
    )
    refused("INVALID_PARAMETER_VALUE", lambda: client.create_registered_model(""))
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.rename_registered_model(model_with(0), name))
    for ask in (
        client.delete_registered_model,
        lambda it: client.update_registered_model(it, "x"),
        lambda it: client.rename_registered_model(it, fresh("x")),
    ):
        refused("RESOURCE_DOES_NOT_EXIST", lambda: ask("nobody"))


@says("registers versions of any source, numbered from 1 and READY at once")
def _():
    name = model_with(0)
    sources = ["s3://bucket/a", "gs://bucket/b", "dbfs:/c", "hdfs:/d"]
    for number, source in enumerate(sources, 1):
        version = client.create_model_version(
            name, source, run_id="0" * 32, tags={"n": str(number)}, description="of %d" % number
        )
        equal(
            (int(version.version), version.source, version.status, version.current_stage),
            (number, source, "READY", "None"),
        )
        equal(
            (version.tags, version.description, version.run_id),
            ({"n": str(number)}, "of %d" % number, "0" * 32),
        )
        equal(client.get_model_version_download_uri(name, str(number)), source)
    shown = client.get_model_version(name, "2")
    equal((shown.name, shown.source), (name, "gs://bucket/b"))
    equal(client.update_model_version(name, "2", "better").description, "better")
    equal(client.get_model_version(name, "2").description, "better")


@says("refuses versions that are not there, of models that are not there, and of local paths")
def _():
    name = model_with(1)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.create_model_version(fresh("nobody"), "s3://a/b"))
    refused(
        "RESOURCE_DOES_NOT_EXIST",
        lambda: client.get_model_version(name, "2"),
        "Model Version (name=%s, version=2) not found" % name,
    )
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.update_model_version(name, "2", "x"))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.delete_model_version(name, "2"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.get_model_version(name, "one"))
    for source in (
        "/etc/passwd",
        "file:///etc/passwd",
        "s3://bucket/../../etc",
        "mlflow-artifacts:/%2e%2e/x",
    ):
        refused("INVALID_PARAMETER_VALUE", lambda: client.create_model_version(name, source))


@says("deletes a version, never uses its number again, and starts at 1 where a model's name is used again")
def _():
    name = model_with(2)
    client.set_registered_model_alias(name, "champion", "2")
    client.delete_model_version(name, "2")
    equal(client.get_registered_model(name).aliases, {})
    equal(int(client.create_model_version(name, "s3://b/3").version), 3)
    equal(sorted(numbers("name = '%s'" % name)), [1, 3])
    client.delete_registered_model(name)
    client.create_registered_model(name)
    equal(int(client.create_model_version(name, "s3://b/1").version), 1)


@says("sets, overwrites and deletes tags of models and versions")
def _():
    name = model_with(1)
    for value in ("a", "b"):
        client.set_registered_model_tag(name, "k", value)
        client.set_model_version_tag(name, "1", "k", value)
    client.set_registered_model_tag(name, "empty", "")
    equal(client.get_registered_model(name).tags, {"k": "b", "empty": ""})
    equal(client.get_model_version(name, "1").tags, {"k": "b"})
    for _ in range(2):
        client.delete_registered_model_tag(name, "k")
        client.delete_model_version_tag(name, "1", "k")
    equal(client.get_registered_model(name).tags, {"empty": ""})
    equal(client.get_model_version(name, "1").tags, {})
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.set_model_version_tag(name, "9", "k", "v"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_tag(name, "k" * 251, "v"))


@says("points aliases at versions, moves them, resolves them and takes them away")
def _():
    name = model_with(2)
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "Old_one-1", "1")
    equal(int(client.get_model_version_by_alias(name, "champion").version), 2)
    equal(
        {alias: int(version) for alias, version in client.get_registered_model(name).aliases.items()},
        {"champion": 2, "Old_one-1": 1},
    )
    equal(list(client.get_model_version(name, "2").aliases), ["champion"])
    client.delete_registered_model_alias(name, "champion")
    client.delete_registered_model_alias(name, "champion")
    refused(
        "INVALID_PARAMETER_VALUE",
        lambda: client.get_model_version_by_alias(name, "champion"),
        "Registered model alias champion not found.",
    )
    for alias in ("latest", "v12", "a b", "a.b"):
        refused("INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_alias(name, alias, "1"))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.set_registered_model_alias(name, "x", "7"))


@says("shows aliases in the results of searches, which MLflow's own server leaves out")
def _():
    name = model_with(1)
    client.set_registered_model_alias(name, "champion", "1")
    [model] = client.search_registered_models("name = '%s'" % name)
    equal({alias: int(version) for alias, version in model.aliases.items()}, {"champion": 1})
    [version] = client.search_model_versions("name = '%s'" % name)
    equal(list(version.aliases), ["champion"])


@says("searches models by name and tag, with every comparator")
def _():
    base = fresh("Search")
    names = [base + end for end in ("-a", "-b", "-c")]
    for name, color in zip(names, ("red", "Red", None)):
        client.create_registered_model(name, tags={"color": color, "my.key": "it's"} if color else {})
    within = "name LIKE '%s%%'" % base
    equal(found("name = '%s'" % names[0]), names[:1])
    equal(found("%s AND name != '%s'" % (within, names[0])), names[1:])
    equal(found(within), names)
    equal(found("name LIKE '%s%%'" % base.lower()), [])
    equal(found("name ILIKE '%s%%'" % base.lower()), names)
    equal(found(within + " AND tags.color = 'red'"), names[:1])
    equal(found(within + " and tag.color != 'red'"), names[1:2])
    equal(found(within + " AND tags.color ILIKE 'R%'"), names[:2])
    equal(found(within + " AND tags.color LIKE 'R%'"), names[1:2])
    equal(found(within + ' AND tags.`my.key` = "it\'s"'), names[:2])
    equal(found(within + " AND tags.color = 'red' AND tags.color = 'Red'"), [])


@says("searches models in either order and page by page")
def _():
    base = fresh("page")
    names = ["%s-%d" % (base, number) for number in range(7)]
    for name in reversed(names):
        client.create_registered_model(name)
    within = "name LIKE '%s%%'" % base
    equal(found(within), names)
    equal(found(within, order_by=["name DESC"]), names[::-1])
    equal(found(within, order_by=["last_updated_timestamp ASC", "name ASC"])[-1], names[0])
    for order in (["name ASC"], ["name DESC"], ["last_updated_timestamp DESC"]):
        lengths, models = pages(lambda token: client.search_registered_models(within, 3, order, token))
        equal(lengths, [3, 3, 1])
        equal(sorted(model.name for model in models), names)


@says("refuses filters, orders, page sizes and page tokens that nobody can read")
def _():
    for text in (
        "name",
        "name = x",
        "name > 'x'",
        "nope = 'x'",
        "name = 'a' OR name = 'b'",
        "(name = 'a')",
        "name = 'a",
        "tags.k > 'a'",
    ):
        refused("INVALID_PARAMETER_VALUE", lambda: client.search_registered_models(text))
    for text in ("version_number = 'x'", "nope = 'x'", "run_id IN ()", "name = 'a' OR name = 'b'"):
        refused("INVALID_PARAMETER_VALUE", lambda: client.search_model_versions(text))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_registered_models(order_by=["nope"]))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_registered_models(order_by=["name SIDEWAYS"]))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_registered_models(max_results=1001))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_registered_models(page_token="nonsense"))
    refused("INVALID_PARAMETER_VALUE", lambda: client.search_model_versions(max_results=200_001))


@says("searches versions by model, number, run, source and tag")
def _():
    name, runs = fresh("versions"), [digit * 32 for digit in "abc"]
    client.create_registered_model(name)
    for number, run in enumerate(runs, 1):
        client.create_model_version(
            name, "s3://%s/%d" % (name, number), run_id=run, tags={"n": "x%d" % number}
        )
    within = "name = '%s'" % name
    equal(sorted(numbers(within)), [1, 2, 3])
    equal(numbers(within + " AND run_id = '%s'" % runs[1]), [2])
    equal(sorted(numbers(within + " AND run_id IN ('%s', '%s')" % (runs[0], runs[2]))), [1, 3])
    equal(numbers("source_path = 's3://%s/3'" % name), [3])
    equal(numbers(within + " AND version_number = 2"), [2])
    equal(sorted(numbers(within + " AND version_number >= 2")), [2, 3])
    equal(sorted(numbers(within + " AND version_number < 3 AND version_number != 1")), [2])
    equal(numbers(within + " AND tags.n = 'x1'"), [1])
    equal(sorted(numbers(within + " AND tags.n != 'x1'")), [2, 3])
    equal(sorted(numbers("name LIKE '%s%%'" % name)), [1, 2, 3])


@says("searches versions in order and page by page")
def _():
    name = model_with(7)
    within = "name = '%s'" % name
    equal(numbers(within, order_by=["version_number ASC"]), [1, 2, 3, 4, 5, 6, 7])
    equal(numbers(within, order_by=["version_number DESC"]), [7, 6, 5, 4, 3, 2, 1])
    equal(numbers(within, order_by=["creation_timestamp ASC", "version_number ASC"]), [1, 2, 3, 4, 5, 6, 7])
    lengths, versions = pages(
        lambda token: client.search_model_versions(within, 3, ["version_number DESC"], token)
    )
    equal((lengths, [int(version.version) for version in versions]), ([3, 3, 1], [7, 6, 5, 4, 3, 2, 1]))
    lengths, versions = pages(lambda token: client.search_model_versions(within, 2, None, token))
    equal(sorted(int(version.version) for version in versions), [1, 2, 3, 4, 5, 6, 7])


@says("moves versions between stages, several in one, or archiving the others where asked")
def _():
    name = model_with(3)
    equal(client.transition_model_version_stage(name, "1", "production").current_stage, "Production")
    client.transition_model_version_stage(name, "2", "Production")
    equal(stages(name), {1: "Production", 2: "Production", 3: "None"})
    client.transition_model_version_stage(name, "3", "Production", archive_existing_versions=True)
    equal(stages(name), {1: "Archived", 2: "Archived", 3: "Production"})
    equal(client.transition_model_version_stage(name, "3", "STAGING").current_stage, "Staging")
    equal(client.transition_model_version_stage(name, "3", "none").current_stage, "None")
    refused(
        "INVALID_PARAMETER_VALUE",
        lambda: client.transition_model_version_stage(name, "3", "Moon"),
        "Invalid Model Version stage: Moon. Value must be one of None, Staging, Production, Archived.",
    )
    refused(
        "INVALID_PARAMETER_VALUE",
        lambda: client.transition_model_version_stage(name, "3", "Archived", archive_existing_versions=True),
    )
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.transition_model_version_stage(name, "9", "Staging"))


@says("gives the latest version of each stage, or of those asked for")
def _():
    name = model_with(4)
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "Production")
    client.transition_model_version_stage(name, "3", "Staging")

    def latest(asked=None):
        return {v.current_stage: int(v.version) for v in client.get_latest_versions(name, asked)}

    equal(latest(), {"Production": 2, "Staging": 3, "None": 4})
    equal(latest(["Production", "staging"]), {"Production": 2, "Staging": 3})
    equal(latest(["Archived"]), {})
    equal(
        {v.current_stage: int(v.version) for v in client.get_registered_model(name).latest_versions}, latest()
    )
    refused("INVALID_PARAMETER_VALUE", lambda: client.get_latest_versions(name, ["Moon"]))
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_latest_versions(fresh("nobody")))


@says("copies a version to another model, which it makes where it is not there")
def _():
    name, other = model_with(1), fresh("copy")
    client.set_model_version_tag(name, "1", "k", "v")
    for number in (1, 2):
        copied = client.copy_model_version("models:/%s/1" % name, other)
        equal((copied.name, int(copied.version), copied.source), (other, number, "models:/%s/1" % name))
        equal(client.get_model_version_download_uri(other, str(number)), "s3://bucket/%s/1" % name)


@says("registers from many threads at once: each version has a number of its own and none fails")
def _():
    name = model_with(0)
    with ThreadPoolExecutor(8) as threads:
        made = list(
            threads.map(
                lambda at: int(client.create_model_version(name, "s3://b/%d" % at).version), range(24)
            )
        )
    equal(sorted(made), list(range(1, 25)))


@says("keeps prompts, which arrive as tagged models, and leaves them out of searches for models")
def _():
    name = fresh("prompt")
    place = mlflow if mlflow.__version__.startswith("2.") else mlflow.genai
    for template in ("Say {{word}}", "Shout {{word}}"):
        made = place.register_prompt(name=name, template=template, commit_message="why")
    equal((made.name, int(made.version)), (name, 2))
    equal(place.load_prompt("prompts:/%s/1" % name).template, "Say {{word}}")
    place.set_prompt_alias(name, "best", 2)
    equal(place.load_prompt("prompts:/%s@best" % name).format(word="hi"), "Shout hi")
    equal(found("name = '%s'" % name), [])


serve()
