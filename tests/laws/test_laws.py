"""What holds for every input."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.strategies import SYSTEMS, files_of
from tests.systems import judge

pytestmark = pytest.mark.filterwarnings("ignore")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WITHHELD = ("HorizontalPodAutoscaler", "PodDisruptionBudget", "Service", "Deployment")


@QUICK
@given(system=SYSTEMS, seed=st.integers(), complete=st.booleans())
def test_order_never_matters(system, seed, complete):
    files = files_of(system)
    shuffled = list(files)
    random.Random(seed).shuffle(shuffled)
    assert judge(files, complete=complete) == judge({name: files[name] for name in shuffled}, complete=complete)


@QUICK
@given(system=SYSTEMS, complete=st.booleans())
def test_an_unrelated_document_changes_nothing(system, complete):
    files = files_of(system)
    more = files | {"zz/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: elsewhere}\ndata: {a: b}\n"}
    assert judge(files, complete=complete).findings == judge(more, complete=complete).findings


@QUICK
@given(system=SYSTEMS, kind=st.sampled_from(WITHHELD))
def test_withholding_a_kind_never_turns_a_failure_green(system, kind):
    """A failure stays one or becomes unknown, unless what it is about was withheld itself."""
    kept = {name: text for name, text in files_of(system).items() if f"/{kind.lower()}." not in name}
    before = {finding.fingerprint: finding for finding in judge(files_of(system)).findings if finding.outcome == "fail"}
    after = {finding.fingerprint for finding in judge(kept).findings}
    lost = [finding for mark, finding in before.items() if mark not in after and finding.location.file in kept]
    assert lost == []


@QUICK
@given(system=SYSTEMS)
def test_a_complete_input_leaves_nothing_unknown(system):
    assert [finding for finding in judge(files_of(system), complete=True).findings if finding.outcome == "unknown"] == []


@QUICK
@given(system=SYSTEMS, complete=st.booleans())
def test_every_location_exists_in_its_file(system, complete):
    files = files_of(system)
    for finding in judge(files, complete=complete).findings:
        for location in (finding.location, *(related.location for related in finding.related)):
            lines = files[location.file].split("\n")
            assert location.line is not None
            assert 1 <= location.line <= len(lines)
            assert location.column is None or 1 <= location.column <= len(lines[location.line - 1]) + 1


@QUICK
@given(system=SYSTEMS)
def test_jobs_change_nothing(system):
    files = files_of(system)
    assert judge(files, jobs=1) == judge(files, jobs=2)
