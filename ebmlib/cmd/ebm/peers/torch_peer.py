"""The benchmark's works in PyTorch, eager or compiled."""

import time

import exchange
import torch
import torch_images as images
import torch_layers as layers
from networks import Network
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import get_ema_multi_avg_fn
from torch_method import Autograd, Functional, Method


class Peer:
    def __init__(self, setting, arrays, compiles):
        self.work = setting.get("work", {})
        self.setting, self.compiles = setting, compiles
        self.cuda = self.work.get("device") == "cuda"
        self.place = torch.device("cuda" if self.cuda else "cpu")
        torch.set_num_threads(exchange.threads(self.work))
        self.name = "torch-compile" if compiles else "torch"
        self.version = torch.__version__
        self.device = torch.cuda.get_device_name() if self.cuda else f"cpu, {torch.get_num_threads()} threads"
        self.gradients = Functional if compiles else Autograd
        self.network = Network(layers, setting)
        x, label = self.tensor(arrays["x_pos"][:1]), self.tensor(arrays["label"][:1]) if setting.get("conditions") else None
        parameters = {name: self.tensor(array) for name, array in exchange.parameters(arrays).items()}
        self.parameters = self.network.used(parameters, x, label)

    def tensor(self, array):
        return torch.from_numpy(array).to(self.place)

    def check(self, arrays):
        """The arrays of a golden file, by its weights, inputs and noise."""
        tensor_cores(False)
        method = Method(self.network, self.gradients, torch.float32,
                        {"clamp": True} | self.setting, {"kl_samples": 0, "neighbours": 1} | self.setting)
        data, x, noise, reference = (self.tensor(arrays[name]) for name in ("x_pos", "x_init", "langevin_noise", "entropy_reference"))
        label = self.tensor(arrays["label"]) if self.setting.get("conditions") else None
        weights = method.prepare(self.parameters)
        energies, slope = method.slope(weights, data, label)
        for z in noise[:-1]:
            x = method.move(weights, x, z, label)
        computed = {"energy_pos_each_scale": energies.detach(), "grad_x_pos": slope}
        for family, terms in exchange.families(method.terms).items():
            gradients, (losses, ends) = method.gradient(self.parameters, terms, data, x, noise[-1], reference, label)
            computed |= {f"{family}/{name}": gradient for name, gradient in gradients.items()}
        computed |= losses | {"x_neg": ends, "x_neg_kl": ends, "loss_repel": -losses["loss_kl_entropy"]}
        return {name: value.cpu().numpy() for name, value in computed.items()}

    def prepare(self):
        tensor_cores(self.work["precision"] != "float32")
        if self.cuda:
            torch.cuda.reset_peak_memory_stats()
        dtype = torch.bfloat16 if self.work["precision"] == "bfloat16" else torch.float32
        method = Method(self.network, self.gradients, dtype, self.work, self.setting | self.work)
        kind = Sampling if self.work["kind"] == "sample" else Training
        if self.compiles:
            return kind(self.work, method, self.parameters, self.place, torch.channels_last, torch.compile).step
        return kind(self.work, method, self.parameters, self.place, self.faster_format(method), lambda f: f).step

    def faster_format(self, method):
        """Where a tensor has its channels, first or last, for steps of the chain that are the faster."""

        def seconds(memory_format):
            sampling = Sampling(self.work | {"steps": 2}, method, self.parameters, self.place, memory_format, lambda f: f)
            times = []
            for _ in range(4):
                start = time.perf_counter()
                sampling.step()
                times.append(time.perf_counter() - start)
            return min(times)

        if len(self.work["example"]) == 1:
            return torch.contiguous_format
        return min((torch.contiguous_format, torch.channels_last), key=seconds)

    def peak_device_bytes(self):
        return torch.cuda.max_memory_allocated() if self.cuda else None


class Sampling:
    """Chains by fixed weights, which go on from one timed step to the next."""

    def __init__(self, work, method, parameters, place, memory_format, compile):
        self.steps, self.move = work["steps"], compile(method.move)
        self.weights = method.prepare(formatted(parameters, memory_format))
        low, high = work["start"]
        x = torch.empty((work["batch"], *work["example"]), device=place).uniform_(low, high)
        self.x = formatted({"x": x}, memory_format)["x"]

    def step(self):
        for _ in range(self.steps):
            self.x = self.move(self.weights, self.x, torch.randn_like(self.x))
        return self.x.mean().item()


class Training:
    """The timed training step, with all that it keeps on the device."""

    def __init__(self, work, method, parameters, place, memory_format, compile):
        self.work, self.method, self.place, self.memory_format = work, method, place, memory_format
        self.begin, self.move, self.gradient = compile(self.begin), compile(method.move), compile(method.gradient)
        self.parameters = formatted(parameters, memory_format)
        self.average = [value.clone() for value in self.parameters.values()]
        self.averaged = get_ema_multi_avg_fn(work["ema"])
        adam = work["adam"]
        self.optimizer = torch.optim.Adam(self.parameters.values(), adam["learning_rate"], (float(adam["beta1"]), float(adam["beta2"])),
                                          adam["epsilon"], fused=True)
        self.transitions = images.TRANSITIONS[work["transitions"]]
        self.capacity = work["replay"]["capacity"]
        self.data = self.random_set(work["examples"])
        self.buffer = self.random_set(self.capacity + work["batch"])  # Full, and rows for the samples that are dropped.
        self.seen = torch.tensor(self.capacity, device=place)

    def random_set(self, rows):
        shape = (rows, *self.work["example"])
        if len(shape) == 2:
            return torch.randn(shape, device=self.place)
        return torch.randint(0, 256, shape, dtype=torch.uint8, device=self.place)

    def rows(self, of, count, below, change):
        """Random rows of the data set or of the buffer, of so many first ones, as the energy takes them."""
        rows = torch.randint(below, (count,), device=self.place)
        return change(images.from_bytes(of[rows]))

    def begin(self):
        """What a step starts from: data, starts of the chains, references; and where in the buffer the chains' ends go."""
        work, batch = self.work, self.work["batch"]
        data = self.rows(self.data, batch, work["examples"], images.unchanged)
        x = self.rows(self.buffer, batch, self.capacity, self.transitions)
        reference = self.rows(self.buffer, work["references"], self.capacity, self.transitions)
        restart = torch.rand([batch] + [1] * (x.dim() - 1), device=self.place) < work["replay"]["restart"]
        x = torch.where(restart, torch.empty_like(x).uniform_(*work["start"]), x)

        # Reservoir sampling: sample number t takes a random one of t + 1 rows, and is dropped if the buffer hasn't that one.
        sample = torch.arange(batch, device=self.place)
        row = (torch.rand(batch, device=self.place) * (self.seen + sample + 1)).long()
        slots = torch.where(row < self.capacity, row, self.capacity + sample)
        return *formatted({"data": data, "x": x}, self.memory_format).values(), reference, slots

    def step(self):
        data, x, reference, slots = self.begin()
        weights = self.method.prepare(self.parameters)
        for _ in range(self.work["steps"] - 1):
            x = self.move(weights, x, torch.randn_like(x))
        gradients, (losses, ends) = self.gradient(self.parameters, self.method.terms, data, x, torch.randn_like(x), reference)
        for name, parameter in self.parameters.items():
            parameter.grad = gradients[name]
        clip_grad_norm_(self.parameters.values(), self.work["clip_norm"])
        self.optimizer.step()
        self.averaged(self.average, list(self.parameters.values()), None)
        self.buffer[slots] = images.to_bytes(ends)
        self.seen += len(slots)
        return losses["loss_total"].item()


def formatted(tensors, memory_format):
    """Copies of tensors, by name, those of images and convolutions in the memory format."""
    return {name: value.clone(memory_format=memory_format if value.dim() == 4 else torch.contiguous_format)
            for name, value in tensors.items()}


def tensor_cores(allowed):
    """Whether float32 products on a GPU may be made of TensorFloat-32."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def main():
    parser = exchange.arguments(__doc__)
    parser.add_argument("--compile", action="store_true", help="compile the steps with torch.compile")
    arguments = parser.parse_args()
    setting, arrays = exchange.read(arguments.work)
    exchange.take_part(Peer(setting, arrays, arguments.compile), setting, arrays, arguments.check)


if __name__ == "__main__":
    main()
