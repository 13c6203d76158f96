"""XLA's CUDA compiler without a GPU, as a process: what cpu.py is to the CPU. It compiles each program for an NVIDIA H200, says on
standard error what became of it, and computes nothing: outputs are zeros. Convolutions are chosen as they come, for what would be the
fastest is found by trying."""

import math
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import numpy
from cpu import OnDevice, Server, Wire, answer, descriptions, xla
from jaxlib.mlir import ir
from jaxlib.mlir._mlir_libs import _jax_mlir_ext
from jaxlib.mlir.dialects import stablehlo

H200 = """
platform_name: "CUDA"
device_description_str: "NVIDIA H200"
dnn_version_info { major: 9 minor: 12 }
gpu_device_info {
  cuda_compute_capability { major: 9 minor: 0 }
  core_count: 132
  fpus_per_core: 128
  clock_rate_ghz: 1.98
  device_memory_size: 150000000000
  memory_bandwidth: 4800000000000
  l2_cache_size: 52428800
  registers_per_core_limit: 65536
  registers_per_block_limit: 65536
  shared_memory_per_core: 233472
  shared_memory_per_block: 49152
  shared_memory_per_block_optin: 232448
  threads_per_core_limit: 2048
  threads_per_block_limit: 1024
  threads_per_warp: 32
  block_dim_limit_x: 2147483647
  block_dim_limit_y: 65535
  block_dim_limit_z: 65535
}
"""

# The instructions of a compiled program that start no kernel of their own.
FREE = {f"k{name}" for name in "Parameter Constant Tuple GetTupleElement Bitcast AfterAll While".split()}


def devices():
    """The H200, which is compiled for and isn't there."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    cuda = f"{packages}/nvidia/cu13"
    os.environ["PATH"] = f"{cuda}/bin:{os.environ['PATH']}"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_cuda_data_dir={cuda} --xla_gpu_autotune_level=0"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    xla.load_pjrt_plugin("cuda", f"{packages}/jax_plugins/xla_cuda13/xla_cuda_plugin.so", None)
    xla.initialize_pjrt_plugin("cuda")
    topology = xla.get_default_c_api_topology("cuda", "an H200", {"topology": "1x1x1", "target_config": H200})
    return topology._make_compile_only_devices()


def context():
    """Where programs are read in."""
    made, dialects = ir.Context(), ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(dialects)
    made.append_dialect_registry(dialects)
    stablehlo.register_dialect(made)
    return made


def size(instruction):
    """The bytes of what an instruction gives."""
    shape = re.search(r" = (.*?) [\w-]+\(", instruction.to_string())[1]
    bits = 0
    for bit, dimensions in re.findall(r"[a-z]+(\d*)\[([\d,]*)\]", shape):  # A pred has no number of bits, and a byte.
        bits += int(bit or 8) * math.prod(int(n) for n in dimensions.split(",") if n)
    return bits // 8


def cost(computation):
    """The kernels that a computation starts, and the bytes that they read and write if each goes to memory for all that it takes."""
    kernels, traffic = 0, 0
    for instruction in computation.instructions():
        if instruction.opcode.name not in FREE:
            read = {operand.name: operand for operand in instruction.operands() if operand.opcode.name != "kTuple"}
            kernels += 1
            traffic += size(instruction) + sum(size(operand) for operand in read.values())
    return f"{kernels} kernels, {traffic / 1e9:.2f} GB"


def account(executable):
    """What became of a program, in a line."""
    [module] = executable.hlo_modules()
    computations = {computation.name: computation for computation in module.make_nonfusion_computations()}
    entry = re.search(r"^ENTRY %?([\w.-]+)", module.to_string(), re.MULTILINE)[1]
    costs = [cost(computations[entry])]
    for instruction in computations[entry].instructions():
        if instruction.opcode.name == "kWhile":
            body = re.search(r"body=%?([\w.-]+)", instruction.to_string())[1]
            costs.append(f"each step of its loop {cost(computations[body])}")
    memory = executable.get_compiled_memory_stats().temp_size_in_bytes
    return f"{'; '.join(costs)}; besides what it takes and gives {memory / 1e9:.2f} GB of memory"


class Compiler(Server):
    """Compiles for the H200; arrays are on the CPU."""

    device = "NVIDIA H200 that isn't there"

    def __init__(self):
        super().__init__()
        self.devices = devices()
        self.context = context()

    def compile(self, words, data):
        id, size = words
        start = time.monotonic()
        program, options = ir.Module.parse(data[size:].tobytes(), self.context), xla.CompileOptions.ParseFromString(data[:size].tobytes())
        executable = self.devices[0].client.compile(program, xla.DeviceList(tuple(self.devices)), options)
        _, self.kept[id] = descriptions(executable)
        words, name = answer(executable, self.devices, self.kept[id])
        print(f"{name.decode()}: {account(executable)}; compiled in {time.monotonic() - start:.0f} s", file=sys.stderr)
        return words, name

    def execute(self, words, _):
        program, _, _, num_arguments, _, _, *lists = words
        device = self.client.devices()[0]
        for id, output in zip(lists[num_arguments:], self.kept[program], strict=False):  # Behind the outputs' ids are others.
            zeros = numpy.zeros(output.shape, output.dtype)
            self.kept[id] = xla.batched_device_put(output, OnDevice(device), [zeros], [device], enable_x64=True)


Compiler().serve(Wire(3))
