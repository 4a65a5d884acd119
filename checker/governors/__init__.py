"""Governors: what bounds the pools, workers and queues of a program, as its configuration says.

stacks/*.yaml   one table for each product: which keys, variables, flags and parameters set what, in which unit, with which default
tables          these tables, and an index over all their names
texts           configuration files → key and value, also of programs that write no `=`
values          `512m`, `30s`, `2147483647` → a number, no bound, or nothing that can be told
read            the governors of a container, with their places
"""
