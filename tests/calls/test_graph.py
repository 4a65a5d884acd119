"""Circles of calls."""

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.calls.graph import call_graph, components
from tests.facts.small import deployment, model, service

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20)


def system(edges, image="a:1", names="abcdefg"):
    texts = []
    for number, name in enumerate(names):
        callees = [names[other] for one, other in dict.fromkeys(edges) if one == number]
        variables = ", ".join(f"{{name: {callee.upper()}_URL, value: 'http://{callee}'}}" for callee in callees)
        texts += [service(name, selector=f"app: {name}"), deployment(name, container=f"env: [{variables}]").replace("a:1", image)]
    return texts


def circles(edges, **more):
    graph = call_graph(model(*system(edges, **more)))
    return [[call.caller.name for call in circle] for circle in graph.closing.values()]


def test_a_circle_is_told_once_at_the_call_that_leads_back_up():
    assert circles([(0, 1), (1, 2), (2, 3), (3, 2)]) == [["d", "c"]]
    assert circles([(0, 3), (3, 2), (2, 1), (1, 3)]) == [["b", "d", "c"]]


def test_one_call_that_closes_two_circles_is_told_once():
    assert circles([(6, 0), (0, 1), (1, 2), (2, 0), (0, 2)]) == [["c", "a"]]


def test_chains_calls_to_oneself_and_monitoring_are_no_circles():
    assert circles([(0, 1), (1, 2), (0, 2), (3, 3)]) == []
    assert circles([(0, 1), (1, 0)], image="prom/prometheus:3") == []


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_no_circle_is_left_once_the_closing_calls_are_cut_and_none_is_told_without_one(edges):
    graph = call_graph(model(*system(edges)))
    links = {(call.caller.name, call.host) for call in graph.calls}
    cut = {(call.caller.name, call.host) for call in graph.closing}
    assert bool(cut) == _circular(links)
    assert not _circular(links - cut)
    for circle in graph.closing.values():
        assert [call.host for call in circle] == [call.caller.name for call in (*circle[1:], circle[0])]


@given(EDGES)
def test_components_are_the_nodes_that_reach_each_other(edges):
    links = {node: [other for one, other in edges if one == node] for node in range(7)}
    reach = {node: _reached(links, node) for node in links}
    expected = {frozenset(other for other in links if other == node or (other in reach[node] and node in reach[other])) for node in links}
    assert {frozenset(component) for component in components(links)} == expected


def test_a_large_knot_costs_little_and_is_told_a_few_times():
    names = [f"s{number}" for number in range(60)]
    edges = [(one, (one + step) % 60) for one in range(60) for step in (1, 7, 20)]
    assert 1 <= len(circles(edges, names=names)) <= 10


def _reached(links, start):
    found, pending = set(), [start]
    while pending:
        for other in links[pending.pop()]:
            if other not in found:
                found.add(other)
                pending.append(other)
    return found


def _circular(links):
    following = {}
    for one, other in links:
        if one != other:
            following.setdefault(one, []).append(other)
    everything = {node: following.get(node, []) for pair in links for node in pair}
    return any(node in _reached(everything, node) for node in everything)
