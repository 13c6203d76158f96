"""The networks of the works, written once, on the layers of either framework.

Parameters have the names of a golden file. Layers is the module torch_layers or jax_layers: the same functions of the framework's arrays.
"""

# What a residual block does to the image's resolution and to its filters.
KEEP, DOWN = False, True

BLOCKS = ("1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b")
CIFAR10 = (KEEP, DOWN) * 4
ATTENTION = 4  # The block, counted from 0, before which the full resolution's positions attend to each other.


class Network:
    """An energy as a setting describes it."""

    def __init__(self, layers, setting):
        self.layers, self.setting = layers, setting
        bodies = {"mnist": self.mnist, "cifar10": self.cifar10, "levels": self.levels, "convnet": self.convnet, "mlp": self.mlp}
        if setting["model"] not in bodies:
            raise SystemExit(f"there is no model {setting['model']!r} here: there are {', '.join(bodies)}")
        if setting.get("spectral_norm") or setting.get("norm", "instance_or_group") != "instance_or_group":
            raise SystemExit("the peers know the reference's instance or group norm alone, and no spectral norm")
        self.body = bodies[setting["model"]]

    def prepare(self, parameters, dtype):
        """The weights that energy takes: those of block convolutions standardised, all but the last map's in the type to compute in.

        They serve a whole chain.
        """

        def prepared(name, weight):
            if name.startswith("energy") or "energy_map" in name:
                return weight
            if name.endswith((".conv1.weight", ".conv2.weight")):
                weight = self.layers.standardize(weight)
            return self.layers.cast(weight, dtype)

        return {name: prepared(name, weight) for name, weight in parameters.items()}

    def energy(self, weights, x, label=None):
        """Energies [batch, scales] in float32, of x and one-hot labels."""
        return self.body(weights, x, label)

    def used(self, parameters, x, label=None):
        """The parameters that have a part in the energy: a file may hold others."""

        class Seen(dict):
            names = set()

            def __getitem__(self, name):
                self.names.add(name)
                return super().__getitem__(name)

        weights = Seen(parameters)
        self.energy(weights, x, label)
        return {name: value for name, value in parameters.items() if name in weights.names}

    def conv(self, w, name, x):
        return self.layers.conv(x, w[name + ".weight"], w[name + ".bias"])

    def linear(self, w, name, x):
        return self.layers.linear(x, w[name + ".weight"], w[name + ".bias"])

    def block(self, w, name, x, label, down):
        """h = swish(cond(norm(conv(x)))), twice; h + x; going down: swish(pool(conv))."""
        h = x
        for conv, norm, latent_map in (("conv1", "bn1", "latent_map"), ("conv2", "bn2", "latent_map_2")):
            h = self.conv(w, f"{name}.{conv}", h)
            h = self.layers.norm(h, w[f"{name}.{norm}.weight"], w[f"{name}.{norm}.bias"])
            if label is not None:
                h = self.layers.condition(h, self.linear(w, f"{name}.{latent_map}", label))
            h = self.layers.swish(h)
        h = h + x
        if down:
            h = self.layers.swish(self.layers.pool(self.conv(w, f"{name}.conv_downsample", h)))
        return h

    def stem(self, w, name, x):
        return self.layers.swish(self.conv(w, name, x))

    def mean_energy(self, w, name, h):
        return self.linear(w, name, self.layers.mean(self.layers.swish(h)))

    def mnist(self, w, x, label):
        if label is not None:
            label = self.linear(w, "map_fc2", self.layers.swish(self.linear(w, "map_fc1", label)))
        h = self.stem(w, "conv1", x)
        for name in ("res1", "res2", "res3"):
            h = self.block(w, name, h, label, DOWN)
        return self.mean_energy(w, "energy_map", h)

    def cifar10(self, w, x, label):
        energies = []
        for scale, prefix in enumerate(("", "mid_", "small_")[: self.setting["scales"]]):
            if scale > 0:
                x = self.layers.pool(x)
            h = self.stem(w, prefix + "conv1", x)
            for i, down in enumerate(CIFAR10[: len(CIFAR10) - 2 * scale]):
                if i == ATTENTION and scale == 0 and self.setting["attention"]:
                    h = self.attention(w, "self_attn", h)
                h = self.block(w, f"{prefix}res_{BLOCKS[i]}", h, label, down)
            energies.append(self.mean_energy(w, prefix + "energy_map", h))
        return self.layers.columns(energies[::-1])

    def attention(self, w, name, x):
        query, key, value = (self.conv(w, f"{name}.{conv}", x) for conv in ("query_conv", "key_conv", "value_conv"))
        return x + w[name + ".gamma"] * self.layers.attend(query, key, value)

    def levels(self, w, x, label):
        h = self.stem(w, "conv1", x)
        for i in (1, 2, 3):
            if i > 1:
                h = self.layers.pool(h)
            h = self.block(w, f"res_{i}", h, label, KEEP)
        return self.mean_energy(w, "energy_map", h)

    def convnet(self, w, x, label):
        size, count = self.setting["image_size"], len(self.setting["hidden"])
        h = self.layers.patches(x, -(-size // self.setting["side"]))
        for i in range(1, count + 1):
            h = self.stem(w, f"conv{i}", h)
            if i < count:
                h = self.layers.pool(h)
        return self.linear(w, "energy", self.layers.flatten(h))

    def mlp(self, w, x, label):
        h = x
        for i in range(1, len(self.setting["hidden"]) + 1):
            h = self.layers.swish(self.linear(w, f"hidden{i}", h))
        return self.linear(w, "energy", h)
