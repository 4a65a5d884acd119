"""Facts about what bounds the work that a program takes on.

setting    one governor of a container
server     a database's own limit, against the pools of all who call it
cache      what a cache does when its memory is full
queue      what a queue of a broker does when it is full
"""
