"""The policy that the README shows is one that can be used."""

import re
import subprocess
import sys

from tests.systems import ROOT


def test_its_examples_hold(tmp_path):
    (sample,) = re.findall(r"```yaml\n(id: (\S+)\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / f"{sample[1]}.yaml").write_text(sample[0])
    done = subprocess.run(
        [sys.executable, "-m", "checker", "test", "--policies", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
