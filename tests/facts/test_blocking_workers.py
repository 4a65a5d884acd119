"""How many requests a server works on at a time, as its settings say."""

import pytest

from checker.facts.blocking_workers import requests_at_once
from checker.governors import Governors
from tests.facts.small import deployment, model


def at_once(command, env=""):
    words = ", ".join(f"'{word}'" for word in command.split())
    built = model(deployment(container=f"command: [{words}], env: [{env}]"))
    (workload,) = built.part.workloads
    return requests_at_once(Governors(built).of(workload, workload.containers[0]))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn --workers=4 web:app", 4),
        ("gunicorn -w4 --threads 2 web:app", 8),
        ("gunicorn web:app", None),
        ("gunicorn -w $WORKERS web:app", None),
        ("gunicorn -w 4 -k gevent web:app", None),
        ("gunicorn -w 4 -k gthread --threads 8 web:app", 32),
        ("gunicorn -w 4 --config file.py web:app", None),
        ("/usr/bin/gunicorn -w 4 web:app", 4),
        ("uwsgi --http :80 --processes 4 --threads 2", 8),
        ("uwsgi --processes 4 --harakiri 20", None),
        ("uwsgi --processes 4 --ini app.ini", None),
        ("puma -t 0:5 -w 2", 10),
        ("puma -w 2", None),
        ("puma -t 5", 5),
    ],
)
def test_processes_times_threads(command, expected):
    assert at_once(command) == expected


@pytest.mark.parametrize(
    ("command", "env", "expected"),
    [
        ("gunicorn web:app", "{name: WEB_CONCURRENCY, value: '3'}", 3),
        ("gunicorn -w 2 web:app", "{name: WEB_CONCURRENCY, value: '3'}", 2),
        ("gunicorn web:app", "{name: GUNICORN_CMD_ARGS, value: '--workers 5 --threads=2'}", 10),
        ("gunicorn -w 2 web:app", "{name: GUNICORN_CMD_ARGS, value: '-k gevent'}", None),
        ("uwsgi -p 2", "{name: UWSGI_HARAKIRI, value: '20'}", None),
        ("node server.js", "{name: WEB_CONCURRENCY, value: '3'}", None),
    ],
)
def test_variables_count_and_arguments_win(command, env, expected):
    assert at_once(command, env) == expected
