"""The only package that touches the disk, standard input, other processes or the network to read.

files   which files a command line means, and their bytes
walk    the directories below an argument: links, loops, charts, what is left out
names   how a path is written in a report, and which names are ours to read
"""

from checker.sources.files import Found, Input, find, read

__all__ = ["Found", "Input", "find", "read"]
