"""Governors: what bounds a program from within, such as sizes of pools, workers, queues and heaps, as its settings say.

tables   the products that are known, one file each: their settings, where these stand, what they bound, their defaults
values   a setting's text → a number
words    command lines → the words of each program that is known
files    configuration files that are mounted → keys and values
find     a container → its governors, each with the place where it is written
"""

from checker.governors.find import Governor, Governors

__all__ = ["Governor", "Governors"]
