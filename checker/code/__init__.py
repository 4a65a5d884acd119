"""What application source tells: calls without a timeout, retries without an end, queues without a bound.

types   matches, rules, builds: plain records
rules   rule files → rules; what is looked for is data (`rules/*.yaml`), one file for a language and a theme
scan    the text of a file → matches
builds  what says which folder an image is built from
join    files → the workloads that run them
"""
