"""What a cluster is like: whether this process is a batch job, and whether a folder is shared by hosts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

JOBS: Final = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
"""The variables by which Slurm, PBS and LSF tell a process which job it belongs to."""
SHARED: Final = frozenset({"nfs", "nfs4", "lustre", "gpfs", "cifs", "smb3", "smbfs", "beegfs", "ceph", "fuse.sshfs"})
"""File systems, by the names that the system has for them, that several hosts use at once."""


def batch_job(environment: Mapping[str, str] = os.environ) -> str | None:
    """Name the batch job to which this process belongs; None when it belongs to none.

    >>> batch_job({"SLURM_JOB_ID": "4711"}), batch_job({})
    ('SLURM_JOB_ID=4711', None)
    """
    return next((f"{name}={environment[name]}" for name in JOBS if environment.get(name)), None)


def shared_file_system(path: Path, mounted: Iterable[tuple[str, str]] | None = None) -> str | None:
    """Name the file system of a folder when several hosts can use it at once, else None.

    `mounted` are mount points with the types of what is mounted there; by default those of this host.

    >>> from pathlib import Path
    >>> shared_file_system(Path("/lab/screen"), [("/", "ext4"), ("/lab", "nfs4")])
    'nfs4'
    >>> shared_file_system(Path("/laboratory"), [("/", "ext4"), ("/lab", "nfs4")]) is None
    True
    """
    if mounted is None:
        import psutil

        mounted = [(each.mountpoint, each.fstype) for each in psutil.disk_partitions(all=True)]
    above = [(len(point), kind) for point, kind in mounted if path.is_relative_to(point)]
    kind = max(above, default=(0, ""))[1]
    return kind if kind in SHARED else None
