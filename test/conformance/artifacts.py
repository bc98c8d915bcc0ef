import os
import posixpath
import tempfile

import mlflow
from checks import equal, fresh, says, serve
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

client = MlflowClient()

# Bytes that no reading as text would leave as they are.
odd_bytes = bytes(range(256)) * 17 + b"\r\n\x00"


def run_id():
    return client.create_run(client.create_experiment(fresh("files"))).info.run_id


def folder_of(files):
    folder = tempfile.mkdtemp()
    for path, content in files.items():
        place = os.path.join(folder, *path.split("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)
    return folder


def contents(folder):
    """What is in a local folder: path → bytes."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            place = os.path.join(root, name)
            with open(place, "rb") as file:
                found[posixpath.join(*os.path.relpath(place, folder).split(os.sep))] = file.read()
    return found


def listed(run, path=None):
    return [(it.path, it.is_dir, it.file_size) for it in client.list_artifacts(run, path)]


def downloaded(run, path=""):
    return mlflow.artifacts.download_artifacts(run_id=run, artifact_path=path, dst_path=tempfile.mkdtemp())


def failing(work, *texts):
    """`work` throws, whatever it is, and these texts are in what it says."""
    try:
        came = work()
    except Exception as error:
        for text in texts:
            assert text in str(error), "expected %r in %r" % (text, str(error))
    else:
        raise AssertionError("expected a refusal, got %r" % (came,))


@says("logs a file, lists it and gets the same bytes back")
def _():
    run = run_id()
    folder = folder_of({"weights.bin": odd_bytes})
    client.log_artifact(run, os.path.join(folder, "weights.bin"))
    client.log_artifact(run, os.path.join(folder, "weights.bin"), "deep/down")
    equal(listed(run), [("deep", True, None), ("weights.bin", False, len(odd_bytes))])
    equal(listed(run, "deep"), [("deep/down", True, None)])
    equal(listed(run, "deep/down"), [("deep/down/weights.bin", False, len(odd_bytes))])
    equal(listed(run, "weights.bin"), [])
    equal(listed(run, "nothing"), [])
    equal(contents(downloaded(run)), {"weights.bin": odd_bytes, "deep/down/weights.bin": odd_bytes})
    with open(downloaded(run, "deep/down/weights.bin"), "rb") as file:
        equal(file.read(), odd_bytes)


@says("logs a folder with folders in it, an empty file, and names with spaces, umlauts and signs")
def _():
    run = run_id()
    files = {
        "plain.txt": b"plain",
        "empty": b"",
        "a b/two  spaces.txt": b"spaces",
        "Größe/Maß ü.csv": "Länge,Maß\n".encode(),
        "a+b&c=d,e;f@g!$'()[]{}~^.txt": b"signs",
        "日本/🦊.bin": odd_bytes,
        "deep/er/and/deep/er/file": b"deep",
        ".hidden": b"hidden",
    }
    client.log_artifacts(run, folder_of(files), "all")
    equal(contents(downloaded(run, "all")), files)
    equal(listed(run, "all/Größe"), [("all/Größe/Maß ü.csv", False, len(files["Größe/Maß ü.csv"]))])
    equal(("all/empty", False, 0) in listed(run, "all"), True)
    with open(downloaded(run, "all/a b/two  spaces.txt"), "rb") as file:
        equal(file.read(), b"spaces")


@says("logs texts and dictionaries and loads them again")
def _():
    run = run_id()
    client.log_text(run, "Grüße\n", "notes/read me.txt")
    client.log_dict(run, {"a": [1, None, "ü"]}, "facts.json")
    client.log_dict(run, {"a": [1, 2]}, "facts.yml")
    uri = "runs:/%s/" % run
    equal(mlflow.artifacts.load_text(uri + "notes/read me.txt"), "Grüße\n")
    equal(mlflow.artifacts.load_dict(uri + "facts.json"), {"a": [1, None, "ü"]})
    equal(mlflow.artifacts.load_text(uri + "facts.yml"), "a:\n- 1\n- 2\n")
    table = {"question": ["why", "how"], "answer": ["so", "thus"]}
    for _ in range(2):
        client.log_table(run, table, "table.json")
    loaded = client.load_table(client.get_run(run).info.experiment_id, "table.json", [run])
    equal(list(loaded["answer"]), ["so", "thus", "so", "thus"])


@says("puts a file in the place of one of the same path, and deletes files and folders")
def _():
    run = run_id()
    for text in ("first", "second, which is longer", "third"):
        client.log_text(run, text, "notes.txt")
        equal(mlflow.artifacts.load_text("runs:/%s/notes.txt" % run), text)
    equal(listed(run), [("notes.txt", False, 5)])
    client.log_text(run, "x", "folder/a.txt")
    client.log_text(run, "x", "folder/b/c.txt")
    files = get_artifact_repository(client.get_run(run).info.artifact_uri)
    files.delete_artifacts("notes.txt")
    equal(listed(run), [("folder", True, None)])
    files.delete_artifacts("folder/b")
    equal(listed(run, "folder"), [("folder/a.txt", False, 1)])
    files.delete_artifacts()
    equal(listed(run), [])


@says("refuses paths that lead elsewhere or are no files, and tells which run is not there")
def _():
    run = run_id()
    client.log_text(run, "x", "folder/a.txt")
    uri = client.get_run(run).info.artifact_uri
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        for path in ("../up", "a/../../up", "/etc", "%2e%2e/up", "a/%252e%252e/b"):
            failing(lambda: client.log_artifact(run, file.name, path))
        failing(lambda: client.log_artifact(run, file.name, "folder/a.txt"), "400")
        failing(lambda: client.log_artifact("0" * 32, file.name))
        failing(lambda: get_artifact_repository(uri + "/..").log_artifact(file.name))
        other = uri.replace(run, "0" * 32)
        failing(lambda: get_artifact_repository(other).log_artifact(file.name), "404")
    failing(lambda: downloaded(run, "nothing.txt"))
    failing(lambda: client.list_artifacts("0" * 32), "not found")
    equal(contents(downloaded(run)), {"folder/a.txt": b"x"})


serve()
