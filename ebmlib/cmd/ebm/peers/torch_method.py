"""The chain, the objective and its gradient in PyTorch."""

import torch


class Autograd:
    """Gradients as eager PyTorch takes them fastest."""

    @staticmethod
    def in_x(energy, x, energies_again=False, gradient_again=False):
        """Energies, and the gradient of their sum in x, one of which may be differentiated again in the parameters."""
        x = x.detach().requires_grad_()
        energies = energy(x)
        (gradient,) = torch.autograd.grad(energies.sum(), x, create_graph=gradient_again, retain_graph=energies_again or gradient_again)
        return energies, gradient

    @staticmethod
    def in_parameters(loss, parameters):
        """The gradients of a loss in the parameters, by name, and what the loss gives besides."""
        parameters = {name: parameter.detach().requires_grad_() for name, parameter in parameters.items()}
        value, also = loss(parameters)
        # A bias of the energy has no part in its slope, and so none in a KL term by itself.
        gradients = torch.autograd.grad(value, list(parameters.values()), materialize_grads=True)
        return dict(zip(parameters, gradients)), also


class Functional:
    """The same gradients in a form that torch.compile can trace: it compiles no second derivative of autograd's."""

    @staticmethod
    def in_x(energy, x, **_):
        def total(x):
            energies = energy(x)
            return energies.sum(), energies

        gradient, energies = torch.func.grad(total, has_aux=True)(x)
        return energies, gradient

    @staticmethod
    def in_parameters(loss, parameters):
        return torch.func.grad(loss, has_aux=True)(parameters)


class Method:
    """Langevin's chain on a network, and the objective of its last step."""

    def __init__(self, network, gradients, dtype, chain, objective):
        """chain has step_size, noise and clamp; objective has the weights of the terms, kl_samples and neighbours."""
        self.network, self.gradients, self.dtype = network, gradients, dtype
        self.step_size, self.noise, self.clamp = chain["step_size"], chain["noise"], chain["clamp"]
        self.terms = {"loss_cd": 1.0, "loss_l2": objective["l2_weight"], "loss_kl_energy": objective["kl_weight"],
                      "loss_kl_entropy": objective["entropy_weight"]}
        self.kl_samples, self.neighbours = objective["kl_samples"], objective["neighbours"]

    def prepare(self, parameters):
        return self.network.prepare(parameters, self.dtype)

    def slope(self, weights, x, label=None, **again):
        return self.gradients.in_x(lambda x: self.network.energy(weights, x, label), x, **again)

    def move(self, weights, x, noise, label=None, **again):
        """A step of the chain: x + noise, then down the energy's slope."""
        x = x + self.noise * noise
        _, slope = self.slope(weights, x, label, **again)
        x = x - self.step_size * slope
        return x.clamp(0, 1) if self.clamp else x

    def last_step(self, weights, x, noise, label):
        """The chains' ends, held constant, and those of the first chains, which the KL terms differentiate."""
        n = self.kl_samples or len(x)
        first, others = ((x[rows], noise[rows], None if label is None else label[rows]) for rows in (slice(n), slice(n, None)))
        samples = self.move(weights, *first, gradient_again=True)
        ends = samples.detach()
        if n < len(x):
            held = {name: weight.detach() for name, weight in weights.items()}
            ends = torch.cat((ends, self.move(held, *others)))
        return ends, samples

    def losses(self, weights, data, x, noise, reference, label=None):
        """Every term of the objective, after the chain's last step from x; and where the chains end."""
        ends, samples = self.last_step(weights, x, noise, label)
        energy_data = self.network.energy(weights, data, label)
        energy_ends, slope = self.slope(weights, ends, label, energies_again=True)
        # The outer energy's parameters are constant, so the gradient is that of the samples along its slope there.
        energy_samples = energy_ends.detach()[: len(samples)]
        path = (slope.detach()[: len(samples)] * samples).sum() / energy_samples.numel()
        losses = {
            "loss_cd": energy_data.mean() - energy_ends.mean(),
            "loss_l2": energy_data.square().mean() + energy_ends.square().mean(),
            "loss_kl_energy": energy_samples.mean() + path - path.detach(),
            "loss_kl_entropy": self.entropy_loss(samples.flatten(1), reference.flatten(1)),
        }
        return losses, ends

    def entropy_loss(self, x, reference):
        """Minus the mean log distance to the nearest reference, or that of another rank."""
        distances = torch.cdist(x.detach(), reference)
        nearest = distances.topk(self.neighbours, largest=False).indices[:, -1]
        return -0.5 * (x - reference[nearest]).square().sum(1).log().mean()

    def gradient(self, parameters, terms, *inputs):
        """The gradients of an objective with these weights of its terms in the parameters; its terms and total, and where the chains end."""

        def loss(parameters):
            losses, ends = self.losses(self.prepare(parameters), *inputs)
            total = sum(weight * losses[name] for name, weight in terms.items())
            return total, ({name: value.detach() for name, value in losses.items()} | {"loss_total": total.detach()}, ends)

        return self.gradients.in_parameters(loss, parameters)
