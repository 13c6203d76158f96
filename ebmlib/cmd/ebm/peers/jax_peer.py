"""The benchmark's works in JAX: a training step is one compiled program, with all that it keeps on the device."""

import os
from typing import NamedTuple

import exchange
import jax
import jax.numpy as jnp
import jax_images as images
import jax_layers as layers
import numpy as np
from jax import lax, random
from jax_method import Method
from networks import Network


class Peer:
    name = "jax"

    def __init__(self, setting, arrays):
        self.setting, self.work = setting, setting.get("work", {})
        platform = self.work.get("device", "cpu")
        jax.config.update("jax_platforms", platform)
        if platform == "cpu":  # XLA makes a thread for each processor that it may use.
            processors = sorted(os.sched_getaffinity(0))[: exchange.threads(self.work)]
            os.sched_setaffinity(0, processors)
        self.version = jax.__version__
        self.place = jax.devices()[0]
        self.device = f"cpu, {len(processors)} threads" if platform == "cpu" else self.place.device_kind
        self.network = Network(layers, setting)
        x, label = self.array(arrays["x_pos"][:1]), self.array(arrays["label"][:1]) if setting.get("conditions") else None
        parameters = {name: self.parameter(array) for name, array in exchange.parameters(arrays).items()}
        used = jax.eval_shape(self.network.used, parameters, x, label)
        self.parameters = {name: parameters[name] for name in used}

    def array(self, array):
        """Images, channels last."""
        return jnp.asarray(np.moveaxis(array, -3, -1) if array.ndim >= 4 else array)

    def parameter(self, array):
        """Kernels [height, width, in, out]."""
        return jnp.asarray(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)

    def check(self, arrays):
        """The arrays of a golden file, by its weights, inputs and noise."""
        method = Method(self.network, jnp.float32, {"clamp": True} | self.setting, {"kl_samples": 0, "neighbours": 1} | self.setting)
        names = ["x_pos", "x_init", "langevin_noise", "entropy_reference"] + ["label"] * bool(self.setting.get("conditions"))
        inputs = [self.array(arrays[name]) for name in names]

        @jax.jit
        def compute(parameters, terms, data, x, noise, reference, label=None):
            weights = method.prepare(parameters)
            energies, slope = method.slope(weights, data, label)
            x, _ = lax.scan(lambda x, z: (method.move(weights, x, z, label), None), x, noise[:-1])
            gradients, (losses, ends) = method.gradient(parameters, terms, data, x, noise[-1], reference, label)
            return energies, {"grad_x_pos": slope, "x_neg": ends, "x_neg_kl": ends}, losses, gradients

        gradients = {}
        with jax.default_matmul_precision("highest"):
            for family, terms in exchange.families(method.terms).items():
                energies, like_x, losses, gradients[family] = compute(self.parameters, terms, *inputs)
        computed = losses | {"energy_pos_each_scale": energies, "loss_repel": -losses["loss_kl_entropy"]}
        computed |= {name: jnp.moveaxis(value, -1, -3) if value.ndim == 4 else value for name, value in like_x.items()}
        for family, of in gradients.items():
            computed |= {f"{family}/{name}": value.transpose(3, 2, 0, 1) if value.ndim == 4 else value for name, value in of.items()}
        return {name: np.asarray(value) for name, value in computed.items()}

    def prepare(self):
        if self.work["precision"] == "float32":
            jax.config.update("jax_default_matmul_precision", "highest")
        dtype = jnp.bfloat16 if self.work["precision"] == "bfloat16" else jnp.float32
        method = Method(self.network, dtype, self.work, self.setting | self.work)
        kind = Sampling if self.work["kind"] == "sample" else Training
        return kind(self.work, method, self.parameters).step

    def peak_device_bytes(self):
        statistics = self.place.memory_stats()
        return statistics["peak_bytes_in_use"] if statistics else None


def shape(work, rows):
    """So many examples, channels last."""
    example = work["example"]
    return (rows, *example[1:], example[0]) if len(example) == 3 else (rows, *example)


class Sampling:
    """Chains by fixed weights, which go on from one timed step to the next."""

    def __init__(self, work, method, parameters):
        low, high = work["start"]
        key, start = random.split(random.key(0))
        x = random.uniform(start, shape(work, work["batch"]), minval=low, maxval=high)
        self.weights, self.state = method.prepare(parameters), (key, x)

        def advance(weights, state):
            key, noise = random.split(state[0])
            x = method.walk(noise, weights, state[1], work["steps"])
            return (key, x), x.mean()

        self.advance = jax.jit(advance, donate_argnums=1).lower(self.weights, self.state).compile()

    def step(self):
        self.state, metric = self.advance(self.weights, self.state)
        return float(metric)


class State(NamedTuple):
    """What a training keeps."""

    key: jax.Array
    parameters: dict
    average: dict
    momentum: dict
    squares: dict
    updates: jax.Array  # how many there were
    buffer: jax.Array
    seen: jax.Array  # how many samples there were


class Training:
    """The timed training step."""

    def __init__(self, work, method, parameters):
        self.work, self.method = work, method
        self.transitions = images.TRANSITIONS[work["transitions"]]
        self.capacity = work["replay"]["capacity"]
        key, data, buffer = random.split(random.key(0), 3)
        self.data = self.random_set(data, work["examples"])
        self.state = State(
            key=key,
            parameters=copies(parameters),
            average=copies(parameters),
            momentum=jax.tree.map(jnp.zeros_like, parameters),
            squares=jax.tree.map(jnp.zeros_like, parameters),
            updates=jnp.zeros(()),
            buffer=self.random_set(buffer, self.capacity),  # It is full.
            seen=jnp.array(self.capacity),
        )
        self.compiled = jax.jit(self.train, donate_argnums=1).lower(self.data, self.state).compile()

    def random_set(self, key, rows):
        if len(self.work["example"]) == 1:
            return random.normal(key, shape(self.work, rows))
        return random.bits(key, shape(self.work, rows), jnp.uint8)

    def step(self):
        self.state, loss = self.compiled(self.data, self.state)
        return float(loss)

    def train(self, data, state):
        work = self.work
        key, start, walk, last, places = random.split(state.key, 5)
        data, x, reference = self.begin(start, data, state.buffer)
        x = self.method.walk(walk, self.method.prepare(state.parameters), x, work["steps"] - 1)
        noise = random.normal(last, x.shape)
        gradients, (losses, ends) = self.method.gradient(state.parameters, self.method.terms, data, x, noise, reference)
        state = self.update(state, gradients)

        # Reservoir sampling: sample number t takes a random one of t + 1 rows, and is dropped if the buffer hasn't that one.
        sample = state.seen + jnp.arange(len(x))
        slots = random.randint(places, sample.shape, 0, sample + 1)
        buffer = state.buffer.at[slots].set(images.to_bytes(ends), mode="drop")
        return state._replace(key=key, buffer=buffer, seen=state.seen + len(x)), losses["loss_total"]

    def rows(self, key, of, count, change):
        """Random rows of the data set or of the buffer, as the energy takes them."""
        choice, dequantisation, changes = random.split(key, 3)
        rows = of[random.randint(choice, (count,), 0, len(of))]
        return change(changes, images.from_bytes(dequantisation, rows))

    def begin(self, key, data, buffer):
        """What a step starts from: data, starts of the chains, references."""
        work, batch = self.work, self.work["batch"]
        keys = random.split(key, 5)
        data = self.rows(keys[0], data, batch, images.unchanged)
        x = self.rows(keys[1], buffer, batch, self.transitions)
        reference = self.rows(keys[2], buffer, work["references"], self.transitions)
        low, high = work["start"]
        restart = random.bernoulli(keys[3], work["replay"]["restart"], [batch] + [1] * (x.ndim - 1))
        return data, jnp.where(restart, random.uniform(keys[4], x.shape, minval=low, maxval=high), x), reference

    def update(self, state, gradients):
        """Clipping by the whole gradient's norm, Adam, and the weights' average."""
        adam, decay = self.work["adam"], self.work["ema"]
        norm = jnp.sqrt(sum(jnp.square(gradient).sum() for gradient in gradients.values()))
        clip = jnp.minimum(self.work["clip_norm"] / (norm + 1e-6), 1)
        gradients = jax.tree.map(lambda g: clip * g, gradients)
        updates, beta1, beta2 = state.updates + 1, adam["beta1"], adam["beta2"]
        momentum = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, state.momentum, gradients)
        squares = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state.squares, gradients)

        def moved(parameter, m, v):
            m, v = m / (1 - beta1**updates), v / (1 - beta2**updates)
            return parameter - adam["learning_rate"] * m / (jnp.sqrt(v) + adam["epsilon"])

        parameters = jax.tree.map(moved, state.parameters, momentum, squares)
        average = jax.tree.map(lambda a, p: decay * a + (1 - decay) * p, state.average, parameters)
        return state._replace(parameters=parameters, average=average, momentum=momentum, squares=squares, updates=updates)


def copies(parameters):
    """Buffers of their own: a donated one may be given only once."""
    return jax.tree.map(jnp.copy, parameters)


def main():
    arguments = exchange.arguments(__doc__).parse_args()
    setting, arrays = exchange.read(arguments.work)
    exchange.take_part(Peer(setting, arrays), setting, arrays, arguments.check)


if __name__ == "__main__":
    main()
