"""XLA's CPU compiler as a process: does with jaxlib what pjrt_cpu.so asks of it. wire.h says how they talk."""

import ctypes
import os
import re
import select
import socket
import struct
import sys
import threading
from collections import namedtuple

sys.modules["jax"] = None  # jaxlib looks for jax now and then, which takes time where it must be searched for.

import jaxlib.version
import ml_dtypes  # noqa: F401 - makes bfloat16 known to numpy
import numpy
from jaxlib import _jax as xla
from jaxlib._hlo import HloSharding, XlaComputation

COMPILE, PUT, GET, EXECUTE, COPY, DROP = range(1, 7)

# An index here is a PJRT_Buffer_Type; nothing has type 0.
ELEMENT_TYPES = (
    "- bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bfloat16 complex64 complex128"
).split()

# The words of an answer about a program begin with these.
STATISTICS = [
    f"{where}{what}_size_in_bytes" for where in ("", "host_") for what in ("generated_code", "argument", "output", "alias", "temp")
]

# What jaxlib asks of an array's description.
Description = namedtuple("Description", "shape dtype weak_type", defaults=[False])


class OnDevice(xla.SingleDeviceSharding):
    """An array lies on one device. The rest is what jaxlib asks of those classes of jax that it is made for."""

    memory_kind = None

    def _to_xla_hlo_sharding(self, _):
        return HloSharding.replicate()


class OnDevices(xla.GSPMDSharding):
    """An array consists of one on each device. XLA runs a program on several devices by itself: to jaxlib they count as replicas."""

    memory_kind = None

    def __init__(self, devices):
        super().__init__(devices, HloSharding.replicate())

    def _to_xla_hlo_sharding(self, _):
        return HloSharding.replicate()


class Wire:
    """The socket to the plugin."""

    def __init__(self, descriptor):
        self.socket = socket.socket(fileno=descriptor)
        threading.Thread(target=self.end_with_the_plugin, daemon=True).start()

    def end_with_the_plugin(self):
        """Ends the process, whatever it is busy with, when nobody is left to hear the answer."""
        closed = select.poll()
        closed.register(self.socket, select.POLLRDHUP)
        closed.poll()
        os._exit(0)

    def fill(self, memory):
        rest = memoryview(memory)
        while rest:
            count = self.socket.recv_into(rest, len(rest), socket.MSG_WAITALL)
            if count == 0:
                os._exit(0)
            rest = rest[count:]
        return memory

    def receive(self):
        """The kind, words and bytes of the next request."""
        kind, count, size = struct.unpack("3q", self.fill(bytearray(24)))
        words = struct.unpack(f"{count}q", self.fill(bytearray(8 * count)))
        return kind, words, self.fill(aligned(size))

    def send(self, words=(), data=b"", failed=False):
        data = memoryview(data)
        self.socket.sendall(struct.pack(f"{3 + len(words)}q", failed, len(words), data.nbytes, *words))
        if data.nbytes:
            self.socket.sendall(data)


def aligned(size, alignment=64):
    """Memory that XLA can use as an array's without copying it."""
    memory = numpy.empty(size + alignment, numpy.uint8)
    start = -memory.ctypes.data % alignment
    return memory[start : start + size]


def descriptions(executable):
    """What a program takes and gives."""
    [module] = executable.hlo_modules()
    shape = XlaComputation(module.as_serialized_hlo_module_proto()).program_shape()
    result = shape.result_shape()
    return (
        [Description(s.dimensions(), s.numpy_dtype()) for s in shapes]
        for shapes in (shape.parameter_shapes(), result.tuple_shapes() if result.is_tuple() else [result])
    )


def answer(executable, devices, outputs):
    """The answer about a program: what program_read in plugin.c takes apart, and the name."""
    statistics = executable.get_compiled_memory_stats()
    words = [getattr(statistics, name) for name in STATISTICS]
    words += [len(devices), *(device.id for device in devices)]
    words += [len(outputs)]
    for output in outputs:
        words += [ELEMENT_TYPES.index(output.dtype.name), len(output.shape), *output.shape]
    [module] = executable.hlo_modules()
    return words, module.name.encode()


class Loaded:
    """A program compiled for certain devices."""

    def __init__(self, client, code, devices, options):
        self.executable = client.compile_and_load(code, devices, options)
        self.devices = xla.DeviceList(tuple(devices))
        self.parameters, self.outputs = descriptions(self.executable)
        self.sharding = OnDevice(devices[0]) if len(devices) == 1 else OnDevices(self.devices)
        self.handlers = [xla.array_result_handler(output, self.sharding, True, True) for output in self.outputs]

    def run(self, arguments):
        """Runs the program on arguments, each a list of its arrays on the devices, and returns the outputs likewise."""
        if len(self.devices) == 1:
            arguments = [argument for [argument] in arguments]
        else:
            arguments = [xla.ArrayImpl(p, self.sharding, a, True, True) for p, a in zip(self.parameters, arguments, strict=True)]
        outputs = self.executable.execute_sharded(arguments).consume_with_handlers(self.handlers)
        xla.batched_block_until_ready(outputs)
        return [[output] if len(self.devices) == 1 else output._arrays for output in outputs]


class Program:
    """A program with its options. Where these don't say which devices it is for, it is compiled for each that it is run on."""

    def __init__(self, client, code, options):
        self.client, self.code, self.options = client, code, xla.CompileOptions.ParseFromString(options)
        self.portable = self.options.compile_portable_executable
        self.options.compile_portable_executable = False
        self.donates = b"tf.aliasing_output" in code or b"jax.buffer_donor" in code
        self.loaded = {}

    def on(self, device):
        """The program for one device, or for those of its options (-1)."""
        device = max(device, 0) if self.portable else -1
        if device not in self.loaded:
            if self.portable:
                self.options.device_assignment = xla.DeviceAssignment.create(numpy.array([[device]]))
            # It tells its devices only as text: Computation0{0 2}, Computation1{1 3} has two replicas of two partitions.
            partitions = re.findall(r"\{([\d ]+)\}", str(self.options.device_assignment))
            replicas = zip(*(partition.split() for partition in partitions), strict=True)
            devices = [self.client.devices()[int(id)] for replica in replicas for id in replica]
            self.loaded[device] = Loaded(self.client, self.code, devices, self.options)
        return self.loaded[device]


class Server:
    """The arrays and programs, by their ids, and what is done with them on request."""

    device = "CPU"

    def __init__(self):
        self.client = xla.get_tfrt_cpu_client()
        self.kept = {}

    def compile(self, words, data):
        id, size = words
        program = Program(self.client, data[size:].tobytes(), data[:size].tobytes())
        loaded = program.on(-1)
        self.kept[id] = program
        return answer(loaded.executable, loaded.devices, loaded.outputs)

    def put(self, words, data):
        id, device, element_type, *shape = words
        array = data.view(numpy.dtype(ELEMENT_TYPES[element_type])).reshape(shape)
        device = self.client.devices()[device]
        description = Description(array.shape, array.dtype)
        self.kept[id] = xla.batched_device_put(description, OnDevice(device), [array], [device], enable_x64=True)

    def get(self, words, _):
        array = self.kept[words[0]]
        return (), (ctypes.c_ubyte * array.on_device_size_in_bytes()).from_address(array.unsafe_buffer_pointer())

    def execute(self, words, _):
        id, device, num_devices, num_arguments, num_outputs, num_spared, *lists = words
        outputs_at, spared_at = num_devices * num_arguments, num_devices * (num_arguments + num_outputs)
        arguments, outputs, spared = lists[:outputs_at], lists[outputs_at:spared_at], lists[spared_at:]
        program = self.kept[id]
        arrays = [[self.kept[id] for id in arguments[i::num_arguments]] for i in range(num_arguments)]
        if program.donates:  # jaxlib can't be told to spare an argument, so it gets a copy.
            arrays = [[copied(a) for a in array] if i in spared else array for i, array in enumerate(arrays)]
        for i, array in enumerate(program.on(device).run(arrays)):
            self.kept.update(zip(outputs[i::num_outputs], array, strict=True))

    def copy(self, words, _):
        id, copy, device = words
        self.kept[copy] = copied(self.kept[id], self.client.devices()[device])

    def serve(self, wire):
        wire.send([len(self.client.devices())], f"XLA of jaxlib {jaxlib.version.__version__}, {self.device}".encode())
        work = {COMPILE: self.compile, PUT: self.put, GET: self.get, EXECUTE: self.execute, COPY: self.copy}
        while True:
            kind, words, data = wire.receive()
            if kind == DROP:
                del self.kept[words[0]]
                continue
            try:
                found = work[kind](words, data) or ()
            except Exception as error:
                wire.send(data=f"{type(error).__name__}: {error}".encode(), failed=True)
            else:
                wire.send(*found)


def copied(array, device=None):
    device = device or array._sharding._device
    [copy] = xla.batched_copy_array_to_devices_with_sharding(
        [array], [xla.DeviceList((device,))], [OnDevice(device)], [xla.ArrayCopySemantics.ALWAYS_COPY]
    )
    copy.block_until_ready()  # The array may be dropped at once.
    return copy


if __name__ == "__main__":
    Server().serve(Wire(3))
