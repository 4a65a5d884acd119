"""YAML and JSON as Kubernetes reads them: documents with their values, and where in the file each value is written.

split        cuts a stream where Kubernetes' reader cuts it
agreement    tells which documents the fast parser reads exactly so; the others go to the exact one
parsers      both of them
decode       from what is written to its value
locate       from a value back to where it is written
"""

from checker.documents.embedded import embedded_document
from checker.documents.locate import comments, locate, source_line
from checker.documents.reading import parse
from checker.documents.types import Document, Parsed

__all__ = ["Document", "Parsed", "comments", "embedded_document", "locate", "parse", "source_line"]
