import pytest
from pathlib import Path
from tests import test_docs as d
from tests.test_docs import sandbox
def test_it(sandbox, postgres_server):
    begin = d.blocks(Path("docs/sync.md"), "console")[:3]
    mine = d.blocks(Path("/tmp/c/conflicts.md"), "console")
    lines = [l[2:] for b in begin+mine for l in b.splitlines() if l.startswith("$ ")]
    import subprocess
    folder = Path(sandbox["HOME"]) / "work"; folder.mkdir()
    with postgres_server.database() as url:
        r=subprocess.run(["sh","-c","set -ex\n"+"\n".join(lines)],cwd=folder,env=sandbox|{"SERVER":url},capture_output=True,text=True)
    print(r.stdout); print(r.stderr)
    assert r.returncode==0
