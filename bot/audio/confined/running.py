"""Starts a process as a worker or as the zygote of workers. It imports no decoder: the jobs are handed to it."""

import sys
from collections.abc import Mapping

from bot.audio.confined.confinement import die_with
from bot.audio.confined.serving import Job, Limits, serve

if sys.platform == "linux":
    from bot.audio.confined.zygote import fork_workers


def run(jobs: Mapping[str, Job]) -> None:
    """Do what the arguments of the process say: `PARENT_ID [JOB CPU_SECONDS MEMORY_BYTES]`.

    With a job, the process serves one file. Without one it is a zygote and forks a worker for each file.
    """
    parent_id, *request = sys.argv[1:]
    die_with(int(parent_id))
    if request:
        job, cpu_seconds, memory_bytes = request
        serve(jobs[job], Limits(cpu_seconds=float(cpu_seconds), memory_bytes=int(memory_bytes)))
    elif sys.platform == "linux":
        fork_workers(jobs)
    else:
        sys.exit("a worker needs a job here: only Linux has a zygote")
