"""A copy of a chart in which the charts that it carries packed are directories like all others."""

import os
import shutil
from collections.abc import Iterable

from checker.sources.helm import contents
from checker.sources.helm.chart import Chart

_IGNORED = ".helmignore"  # it has had its say, and must have none about what was packed


def unpacked(chart: Chart, into: str) -> Chart:
    """The chart itself if nothing in it is packed, else its copy in `into`, which reports call by the original names. Raises OSError."""
    files = [file.path for file in contents.files(chart.directory) if not file.leads_out]
    if not any(_is_packed(file) for file in files):
        return chart
    copy((file for file in files if file != _IGNORED), chart.directory, into)
    found = Chart(into, chart.shown, {})
    for file in filter(_is_packed, files):
        _unpack(os.path.join(into, file), found.file(file), found.packed)
    return found


def copy(files: Iterable[str], directory: str, target: str) -> None:
    """Files of a chart and what links in it lead to, all as plain files of our own."""
    for file in files:
        to = os.path.join(target, file)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copyfile(os.path.join(directory, file), to)


def _unpack(archive: str, shown: str, packed: dict[str, str]) -> None:
    """Put a packed chart, and those in it, into the directory beside it, unless there is one."""
    from checker.sources.helm.archive import Refused, unpack

    charts = os.path.dirname(archive)
    try:
        directory = unpack(archive, charts)
    except (Refused, FileExistsError):
        return
    os.remove(archive)
    packed[directory] = f"{shown}/{os.path.basename(directory)}"
    inner = os.path.join(directory, "charts")
    for name in sorted(os.listdir(inner)) if os.path.isdir(inner) else ():
        if name.endswith(".tgz"):
            _unpack(os.path.join(inner, name), f"{packed[directory]}/charts/{name}", packed)


def _is_packed(file: str) -> bool:
    return file.endswith(".tgz") and os.path.basename(os.path.dirname(file)) == "charts"
