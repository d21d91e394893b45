"""What the emulator refuses or finds wrong."""


class EmulatorError(Exception):
    """The emulator cannot go on; the message names the line and the instruction, where known."""


class ParseError(EmulatorError):
    """The assembly text cannot be read."""


class UnknownInstruction(EmulatorError):
    """An instruction, or a modifier of it, that the emulator does not have."""


class LaunchError(EmulatorError):
    """The kernel cannot be started with these arguments, or needs what the emulator lacks."""


class MissingWait(EmulatorError):
    """A register or LDS byte is used while a memory operation on it may still be running."""


class OutOfBounds(EmulatorError):
    """An access outside every buffer, outside the LDS of the workgroup or outside scratch."""


class DataRace(EmulatorError):
    """Two waves touch a byte of LDS without a barrier between them, and one of them writes."""


class HazardViolated(EmulatorError):
    """Fewer wait states between two instructions than the hardware needs."""


class Trapped(EmulatorError):
    """The kernel ran an s_trap, for example of a failed assertion."""
