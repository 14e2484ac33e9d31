"""The zygote: a process that has the decoders loaded, and forks a worker for each file (Linux only).

A fork takes milliseconds, a new Python with numpy and FFmpeg takes a third of a second. The zygote never sees a file:
the bot passes it a socket, and only the forked worker reads from that. So nothing of one file reaches the next.
"""

import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from bot.audio.confined.confinement import die_with, give_up_privileges
from bot.audio.confined.serving import Job, Limits, serve
from bot.audio.exchange import MAX_MESSAGE_BYTES, ForkRequest, announce_end, zygote_request_in

_NOT_FORKED = 1  # the exit code that is reported for a worker that could not be forked

_CONTROL = 0  # the file descriptor of the socket on which the bot speaks to us: our standard input


def fork_workers(jobs: Mapping[str, Job]) -> None:
    """Serve the bot until it closes its end of the socket, then end the workers that are left."""
    _refuse_threads()
    give_up_privileges()
    gc.freeze()  # a worker's garbage collection need not write to, and so copy, what it shares with us
    zygote = _Zygote(jobs)
    try:
        zygote.run()
    finally:
        zygote.end_workers()


def _refuse_threads() -> None:
    """Raise if there is a second thread. A fork has only one, and would wait for ever for a lock of the other."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise RuntimeError(f"{threads} threads run here, so forking is not safe")


def _ignore(signal_number: int, frame: object) -> None:
    pass


class _Zygote:
    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = jobs
        self._numbers: dict[int, int] = {}  # the bot's numbers for the workers, by their process ids
        self._control = socket.socket(fileno=_CONTROL)
        self._woken, wake = socket.socketpair()  # readable when a worker has ended
        self._wake = wake
        self._woken.setblocking(False)
        wake.setblocking(False)
        signal.signal(signal.SIGCHLD, _ignore)  # a signal without a handler wakes nobody
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        poll = select.poll()
        for source in (self._control, self._woken):
            poll.register(source, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._woken.fileno() in ready:
                self._woken.recv(MAX_MESSAGE_BYTES)
                self._reap()
            if _CONTROL in ready and not self._obey():
                return

    def end_workers(self) -> None:
        for process_id in self._numbers:
            os.kill(process_id, signal.SIGKILL)
        for process_id in self._numbers:
            os.waitpid(process_id, 0)

    def _obey(self) -> bool:
        """Carry out the bot's next request. Returns False if the bot has closed the socket."""
        message, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE_BYTES, 1)
        if not message:
            return False
        match zygote_request_in(message):
            case ForkRequest() as request:
                self._fork(request, descriptors[0])
            case number:
                self._kill(number)
        return True

    def _fork(self, request: ForkRequest, channel: int) -> None:
        zygote_id = os.getpid()
        try:
            process_id = os.fork()
        except OSError as error:  # the host has no room for another process; the next request may find some
            os.close(channel)
            sys.stderr.write(f"no worker could be forked: {error.strerror}\n")
            self._control.send(announce_end(request.number, _NOT_FORKED))
            return
        if process_id == 0:
            self._become_worker(request, channel, zygote_id)
        os.close(channel)
        self._numbers[process_id] = request.number

    def _become_worker(self, request: ForkRequest, channel: int, zygote_id: int) -> NoReturn:
        """Serve the file that comes over `channel`, with none of the zygote's own connections."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(channel, sys.stdin.fileno())
            os.dup2(channel, sys.stdout.fileno())
            os.closerange(sys.stderr.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
            die_with(zygote_id)
            serve(self._jobs[request.job], Limits(cpu_seconds=request.cpu_seconds, memory_bytes=request.memory_bytes))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # whatever happens, a worker never goes on as a second zygote

    def _kill(self, number: int) -> None:
        for process_id, known in self._numbers.items():  # those not yet reaped, whose ids cannot be anybody else's
            if known == number:
                os.kill(process_id, signal.SIGKILL)

    def _reap(self) -> None:
        """Tell the bot about each worker that has ended."""
        while self._numbers:
            process_id, status = os.waitpid(-1, os.WNOHANG)
            if process_id == 0:
                return
            self._control.send(announce_end(self._numbers.pop(process_id), os.waitstatus_to_exitcode(status)))
