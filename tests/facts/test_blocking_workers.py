"""How many requests a server works on at a time, as its command line says."""

import pytest

from checker.facts.blocking_workers import requests_at_once


@pytest.mark.parametrize(
    ("server", "words", "expected"),
    [
        ("gunicorn", "--workers=4 web:app", 4),
        ("gunicorn", "-w4 --threads 2 web:app", 8),
        ("gunicorn", "web:app", None),
        ("gunicorn", "-w $WORKERS web:app", None),
        ("gunicorn", "-w 4 -k gevent web:app", None),
        ("gunicorn", "-w 4 -k gthread --threads 8 web:app", 32),
        ("gunicorn", "-w 4 --config file.py web:app", None),
        ("uwsgi", "--http :80 --processes 4 --threads 2", 8),
        ("uwsgi", "--processes 4 --harakiri 20", None),
        ("uwsgi", "--processes 4 --ini app.ini", None),
        ("puma", "-t 0:5 -w 2", 10),
        ("puma", "-w 2", None),
    ],
)
def test_processes_times_threads(server, words, expected):
    assert requests_at_once(server, words.split()) == expected
