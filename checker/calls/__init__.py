"""Who calls whom: what the configuration of workloads says about the hosts that they call. Pure.

settings        variables, arguments, files and annotations of a workload, expanded as Kubernetes does it
configuration   the settings in a file: YAML, properties, JSON, TOML, ini, nginx
commands        the settings in command lines
keys            what the name of a setting says about its value
addresses       the hosts that a value names
mentions        all of these together: the hosts that a workload's configuration names
protocols       what is spoken on a connection
telemetry       which calls no request waits for
collect         mentions and Ingresses become calls
permissions     who is allowed, by name, to call whom: shown beside the calls, judged by nobody
graph           calls become links between workloads, and circles are found
"""
