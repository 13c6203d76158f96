"""The chain, the objective and its gradient in JAX."""

import jax
import jax.numpy as jnp
from jax import lax, random


class Method:
    """Langevin's chain on a network, and the objective of its last step."""

    def __init__(self, network, dtype, chain, objective):
        """chain has step_size, noise and clamp; objective has the weights of the terms, kl_samples and neighbours."""
        self.network, self.dtype = network, dtype
        self.step_size, self.noise, self.clamp = chain["step_size"], chain["noise"], chain["clamp"]
        self.terms = {"loss_cd": 1.0, "loss_l2": objective["l2_weight"], "loss_kl_energy": objective["kl_weight"],
                      "loss_kl_entropy": objective["entropy_weight"]}
        self.kl_samples, self.neighbours = objective["kl_samples"], objective["neighbours"]

    def prepare(self, parameters):
        return self.network.prepare(parameters, self.dtype)

    def slope(self, weights, x, label=None):
        """Energies, and the gradient of their sum in x."""

        def total(x):
            energies = self.network.energy(weights, x, label)
            return energies.sum(), energies

        gradient, energies = jax.grad(total, has_aux=True)(x)
        return energies, gradient

    def move(self, weights, x, noise, label=None):
        """A step of the chain: x + noise, then down the energy's slope."""
        x = x + self.noise * noise
        _, slope = self.slope(weights, x, label)
        x = x - self.step_size * slope
        return jnp.clip(x, 0, 1) if self.clamp else x

    def walk(self, key, weights, x, steps):
        """So many steps of the chain."""

        def step(x, key):
            return self.move(weights, x, random.normal(key, x.shape)), None

        return lax.scan(step, x, random.split(key, steps))[0]

    def last_step(self, weights, x, noise, label):
        """The chains' ends, held constant, and those of the first chains, which the KL terms differentiate."""
        n = self.kl_samples or len(x)
        first, others = ((x[rows], noise[rows], None if label is None else label[rows]) for rows in (slice(n), slice(n, None)))
        samples = self.move(weights, *first)
        ends = samples
        if n < len(x):
            ends = jnp.concatenate((samples, self.move(lax.stop_gradient(weights), *others)))
        return lax.stop_gradient(ends), samples

    def losses(self, weights, data, x, noise, reference, label=None):
        """Every term of the objective, after the chain's last step from x; and where the chains end."""
        ends, samples = self.last_step(weights, x, noise, label)
        energy_data = self.network.energy(weights, data, label)
        energy_ends, slope = self.slope(weights, ends, label)
        # The outer energy's parameters are constant, so the gradient is that of the samples along its slope there.
        energy_samples = lax.stop_gradient(energy_ends[: len(samples)])
        path = (lax.stop_gradient(slope[: len(samples)]) * samples).sum() / energy_samples.size
        losses = {
            "loss_cd": energy_data.mean() - energy_ends.mean(),
            "loss_l2": jnp.square(energy_data).mean() + jnp.square(energy_ends).mean(),
            "loss_kl_energy": energy_samples.mean() + path - lax.stop_gradient(path),
            "loss_kl_entropy": self.entropy_loss(samples.reshape(len(samples), -1), reference.reshape(len(reference), -1)),
        }
        return losses, ends

    def entropy_loss(self, x, reference):
        """Minus the mean log distance to the nearest reference, or that of another rank."""
        distances = jnp.square(reference).sum(1) - 2 * lax.stop_gradient(x) @ reference.T
        nearest = lax.top_k(-distances, self.neighbours)[1][:, -1]
        return -0.5 * jnp.log(jnp.square(x - reference[nearest]).sum(1)).mean()

    def gradient(self, parameters, terms, *inputs):
        """The gradients of an objective with these weights of its terms in the parameters; its terms and total, and where the chains end."""

        def loss(parameters):
            losses, ends = self.losses(self.prepare(parameters), *inputs)
            total = sum(weight * losses[name] for name, weight in terms.items())
            return total, (losses | {"loss_total": total}, ends)

        return jax.grad(loss, has_aux=True)(parameters)
