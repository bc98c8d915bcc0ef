# Checks of MLflow's own client, asked for one at a time: each line of standard input is a sentence in JSON, each line
# of the answer what went wrong with it, or null.
import json
import os
import sys
import traceback
import urllib.request
import uuid

_checks = {}


def says(sentence, since=2, needs=None):
    """Names a check.

    `since`: the first major version of MLflow whose client can do it; `needs`: what not every machine has.
    """

    def keep(check):
        _checks[sentence] = check
        return check

    return keep


def fresh(name):
    """A name that nothing has yet."""
    return "%s-%s" % (name, uuid.uuid4().hex[:8])


def equal(came, expected):
    assert came == expected, "expected %r\n     got %r" % (expected, came)


def refused(code, work, *texts):
    """`work` is refused with this code, and the message holds these texts."""
    from mlflow.exceptions import MlflowException

    try:
        came = work()
    except MlflowException as error:
        equal(error.error_code, code)
        for text in texts:
            assert text in str(error), "expected %r in %r" % (text, str(error))
    else:
        raise AssertionError("expected %s, got %r" % (code, came))


def graphql(query, **variables):
    """What Stemma's own API answers."""
    asked = urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + "/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {
            "Content-Type": "application/json",
            "Authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"],
        },
    )
    with urllib.request.urlopen(asked) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def pages(ask):
    """The lengths of all pages, and what is on them."""
    lengths, items, token = [], [], None
    while True:
        page = ask(token)
        lengths.append(len(page))
        items.extend(page)
        token = page.token
        if not token:
            return lengths, items


def serve():
    # The client prints, too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        trouble = None
        try:
            _checks[json.loads(line)]()
        except BaseException:
            trouble = traceback.format_exc()
        print(json.dumps(trouble), file=answers, flush=True)
