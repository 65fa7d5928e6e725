"""The one table of exit codes, for every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a pipeline may rely on."""

    DONE = 0
    ERROR = 1
    CHANGES_PENDING = 2
    HELD = 3
    INCOMPLETE = 4
    UNREACHABLE = 5


MEANING = {
    ExitCode.DONE: "done, nothing to do, or go",
    ExitCode.ERROR: "error",
    ExitCode.CHANGES_PENDING: "changes are pending, or a person is needed",
    ExitCode.HELD: "held or blocked by a brake, a freeze or a policy",
    ExitCode.INCOMPLETE: "incomplete: a partial reading, or unknown targets",
    ExitCode.UNREACHABLE: "the store or the service does not answer",
}
