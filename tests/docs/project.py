"""The small project about which docs/cypher.md asks: eight runs by two people, in scripts of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import provgraph as pg
from tests.support import scripts

HEAD: Final = "from pathlib import Path\nimport provgraph as pg\nimport pandas as pd\n"
SAVE: Final = """
def save(key, text, **more):
    Path(key).parent.mkdir(parents=True, exist_ok=True)
    Path(key).write_text(text)
    return pg.Artifact(key, key=key, **more).save()
"""
FILES: Final = {
    "upload.py": """
pg.track(transform=pg.Transform(name="Plate reader", type="upload"))
save("raw/plate1.csv", "gene,score\\nCD3E,0.2\\nIL2,0.9\\n", description="first plate")
save("raw/plate2.csv", "gene,score\\nTBX21,0.8\\n", description="second plate")
save("raw/notes.txt", "plates of May\\n")
""",
    "helpers.py": """
def good(table):
    return table[table.score > 0.5]
""",
    "qc.py": """
import helpers
pg.track(params={"plates": 2})
plates = [pg.Artifact.get(key=f"raw/plate{number}.csv").load() for number in (1, 2)]
save("clean/table.csv", helpers.good(pd.concat(plates)).to_csv(index=False))
save("clean/notes.txt", "plates of May\\n")
""",
    "count.py": """
import sys
pg.track(pipeline="Cell Ranger", version=sys.argv[1])
pg.use("reads.fastq.gz")
save("counts/matrix.csv", sys.argv[2])
""",
    "plot.py": """
import sys
pg.track(params={"cutoff": float(sys.argv[1])})
table = pg.Artifact.get(key="clean/table.csv").load()
counts = pg.Artifact.get(key="counts/matrix.csv").load()
save("figures/scores.svg", f"<svg>{len(table)}</svg>")
save("figures/counts.svg", f"<svg>{len(counts)}, {sys.argv[1]}</svg>")
""",
    "report.py": """
pg.track()
pg.Artifact.get(key="figures/counts.svg").cache()
if not Path("ready").exists():
    raise RuntimeError("the report has no title")
""",
}
RUNS: Final = (
    ("ada", "upload.py"),
    ("ben", "qc.py"),
    ("ada", "count.py", "7.1", "CD3E,2\nIL2,3\n"),
    ("ben", "plot.py", "0.05"),
    ("ben", "report.py"),
    ("ben", "count.py", "7.2", "CD3E,2\nIL2,4\nTBX21,1\n"),
    ("ada", "plot.py", "0.01"),
    ("ada", "report.py"),
)
GIT: Final = ("git", "-c", "user.name=ada", "-c", "user.email=ada@example.org")


def make() -> None:
    """Make it in the working directory, whose instance is open."""
    for name, text in FILES.items():
        Path(name).write_text((HEAD + SAVE if name != "helpers.py" else "") + text)
    Path("reads.fastq.gz").write_bytes(b"@read\nACGT\n")
    Path(".gitignore").write_text("*\n!*.py\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*GIT, *command], check=True)
    pg.save([pg.Transform(name="Cell Ranger", version=version, type="pipeline") for version in ("7.1", "7.2")])
    for number, (user, *command) in enumerate(RUNS):
        if number == len(RUNS) - 1:
            Path("ready").touch()
            Path("report.py").write_text(Path("report.py").read_text() + "print('done')\n")
        execute(user, *command)


def execute(user: str, *command: str) -> None:
    """Run a script as this user."""
    done = scripts.execute(*command, PROVGRAPH_USER=user, PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 0 or "no title" in done.stderr, done.stderr
