"""Algorithm 1: the Sinkhorn divergence between two sets of channels, each a sample of dimension k."""
import math

import torch


def cosine_distance(x, y):
    """1 - cosine between the rows of x and y (N x C x k), N x C x C. A row of zeros costs 1 and has no gradient."""
    def unit(rows):
        norms = rows.pow(2).sum(-1, keepdim=True)
        alive = norms > 0
        norms = torch.where(alive, norms, torch.ones_like(norms)).sqrt().clamp(min=1e-8)
        return torch.where(alive, rows / norms, torch.zeros_like(rows))

    return 1 - unit(x) @ unit(y).transpose(1, 2)


def coupling(cost, epsilon, iterations):
    """P = diag(b) K diag(a) after some iterations, by logarithms, which agree with algorithm 1 where that works."""
    log_kernel = -cost / epsilon
    log_weight = -math.log(cost.shape[-1])
    log_b = torch.full(cost.shape[:-1], log_weight)
    for _ in range(iterations):
        log_a = log_weight - torch.logsumexp(log_kernel + log_b[:, :, None], 1)
        log_b = log_weight - torch.logsumexp(log_kernel + log_a[:, None, :], 2)
    return torch.exp(log_b[:, :, None] + log_kernel + log_a[:, None, :])


def coupling_as_printed(cost, epsilon, iterations):
    """Algorithm 1 to the letter."""
    channels = cost.shape[-1]
    kernel = torch.exp(-cost / epsilon)
    b = torch.full(cost.shape[:-1], 1 / channels)
    for _ in range(iterations):
        a = (1 / channels) / torch.einsum("nxy,nx->ny", kernel, b)
        b = (1 / channels) / torch.einsum("nxy,ny->nx", kernel, a)
    return b[:, :, None] * kernel * a[:, None, :]


def divergence(x, y, epsilon=0.1, iterations=10, through=False):
    """W = <Q, P>, the mean over images. With `through` the gradient passes the iterations too; else P is held fixed."""
    cost = cosine_distance(x, y)
    plan = coupling(cost, epsilon, iterations)
    if not through:
        plan = plan.detach()
    return (cost * plan).sum((1, 2)).mean()


def debiased(x, y, epsilon=0.1, iterations=10, through=False):
    """The paper's "biased version" (6.3)."""
    options = {"epsilon": epsilon, "iterations": iterations, "through": through}
    return 2 * divergence(x, y, **options) - divergence(x, x, **options) - divergence(y, y, **options)
