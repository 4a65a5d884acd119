"""What is in force on calls, as plain data (the shape is in docs/edges.md).

seen        every call that the input shows, and what any caller would get of what nobody is seen to call
gateways    what gateways route from outside
asked       one call as if a workload made it
questions   many such questions, read from JSON lines
queries     their answers
routed      the answers to those that name a route
shapes      ways and settings as plain data
"""

from checker.edges.asked import Caller, Target, caller_of, edges_between, no_edges, target_of
from checker.edges.queries import answer
from checker.edges.questions import NoQuestion, Question, RouteQuestion, questions
from checker.edges.routed import answer_route
from checker.edges.seen import edges
from checker.edges.shapes import Edge

__all__ = [
    "Caller", "Edge", "NoQuestion", "Question", "RouteQuestion", "Target", "answer", "answer_route", "caller_of", "edges", "edges_between",
    "no_edges", "questions", "target_of",
]  # fmt: skip
