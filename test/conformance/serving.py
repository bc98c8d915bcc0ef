import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

import mlflow
import numpy
from checks import fresh, says, serve
from linear import asked, client, expected_of, logged_by_hand


@says("serves the champion by `mlflow models serve`")
def _():
    name = fresh("served")
    mlflow.register_model("runs:/%s/model" % logged_by_hand(6.0), name)
    client.set_registered_model_alias(name, "champion", "1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    ending = shutil.which("setpriv")
    place = ["-m", "models:/%s@champion" % name, "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        [*([ending, "--pdeathsig", "KILL"] if ending else []), sys.executable, "-m", "mlflow"]
        + ["models", "serve", *place],
        env={**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        told = []
        for line in server.stdout:
            told.append(line)
            if "Uvicorn running on" in line:
                break
        else:
            raise AssertionError("the server ended:\n" + "".join(told))
        question = json.dumps({"dataframe_split": asked.to_dict("split", index=False)}).encode()
        asking = urllib.request.Request(
            "http://127.0.0.1:%d/invocations" % port, question, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asking) as response:
            answer = json.load(response)
        assert numpy.allclose(answer["predictions"], expected_of(6.0)), answer
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()


@says("writes a Dockerfile for the champion by `mlflow models generate-dockerfile`")
def _():
    from mlflow.models.cli import commands

    name = fresh("packed")
    mlflow.register_model("runs:/%s/model" % logged_by_hand(2.0), name)
    client.set_registered_model_alias(name, "champion", "1")
    folder = os.path.join(tempfile.mkdtemp(), "image")
    line = ["generate-dockerfile", "-m", "models:/%s@champion" % name, "-d", folder]
    commands.main(line, standalone_mode=False)
    with open(os.path.join(folder, "Dockerfile")) as file:
        assert "/opt/ml/model" in file.read()
    assert os.path.getsize(os.path.join(folder, "model_dir", "MLmodel")) > 0


@says("predicts in Spark, by spark_udf", since=3, needs="Spark")
def _():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    name = fresh("spark")
    mlflow.register_model("runs:/%s/model" % logged_by_hand(7.0), name)
    alone = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    spark = SparkSession.builder.master("local[1]").config(map=alone).getOrCreate()
    try:
        predict = mlflow.pyfunc.spark_udf(spark, "models:/%s/1" % name, "double", env_manager="local")
        rows = spark.createDataFrame([(x,) for x in asked["x"].tolist()], ["x"]).select(predict("x")).collect()
        assert numpy.allclose([row[0] for row in rows], expected_of(7.0)), rows
    finally:
        spark.stop()


serve()
