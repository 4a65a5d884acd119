"""Facts about how the parts of a system hang together.

web          who waits for whom: callers and callees of each workload, directly and through others
node         one workload in that web: how wide, how deep, how many stop with it
dependency   one call of that web: how many callers against how many callees
crons        jobs that start together, or one after another on the same data
shared       volumes and configurations that several workloads hold in common
pins         versions of one workload that another one names
"""
