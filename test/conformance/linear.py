# Linear models, told apart by their slope.
import os
import tempfile

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

client = MlflowClient()
major = int(mlflow.__version__.split(".")[0])
# What is asked of every model, whose answers tell it from the others.
asked = pandas.DataFrame({"x": [0.0, 1.0, 2.5]})


def model_of(slope):
    return LinearRegression().fit(pandas.DataFrame({"x": [0.0, 1.0]}), [1.0, 1.0 + slope])


def expected_of(slope):
    return [1.0, 1.0 + slope, 1.0 + 2.5 * slope]


def predicts(uri, slope):
    came = mlflow.pyfunc.load_model(uri).predict(asked)
    assert numpy.allclose(came, expected_of(slope)), came


def details(slope):
    """What log_model and save_model are told; requirements are given, for to find them out takes long."""
    return {
        "signature": infer_signature(asked, numpy.array(expected_of(slope))),
        "input_example": asked.head(1),
        "pip_requirements": ["scikit-learn"],
    }


def log_model(slope, **more):
    name = {"name": "model"} if major >= 3 else {"artifact_path": "model"}
    return mlflow.sklearn.log_model(model_of(slope), **name, **details(slope), **more)


def logged_by_hand(slope, run=None):
    """The id of a run whose folder `model` holds a model."""
    run = run or client.create_run("0").info.run_id
    folder = os.path.join(tempfile.mkdtemp(), "model")
    mlflow.sklearn.save_model(model_of(slope), folder, **details(slope))
    client.log_artifacts(run, folder, "model")
    return run
