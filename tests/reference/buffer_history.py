"""The class buffer with every history of table 2d, and eq. 3 with every distance, from the formulas: each iteration is
kept, and sum and count are made anew from all of them whenever they are asked for."""
import torch


def distance(kind, f, b):
    """Eq. 3's D for each row: l2 and l1 are means over features, kl a sum, kl-mean a mean."""
    if kind == "l2":
        return (f - b).pow(2).mean(1)
    if kind == "l1":
        return (f - b).abs().mean(1)
    divergence = b * torch.log(b / f)
    return divergence.sum(1) if kind == "kl" else divergence.mean(1)


class HistoryBuffer:
    """`rows` of classes (of one level or all). `start` is a sum and a count from before the first iteration."""

    def __init__(self, rows, features, kind="all", decay=1.0, window=1, gradient=False, loss="l2", start=None):
        self.start = start or (torch.zeros(rows, features), torch.zeros(rows))
        self.kind, self.decay, self.window, self.gradient, self.distance = kind, decay, window, gradient, loss
        self.iterations = []

    def add(self, features, rows):
        """A row of -1 enters nothing."""
        member = (rows[:, None] == torch.arange(len(self.start[1]))[None]).to(features.dtype)
        self.iterations = [(s.detach(), c) for s, c in self.iterations]
        self.iterations.append((member.T @ (features if self.gradient else features.detach()), member.sum(0)))

    def totals(self):
        if self.kind == "window":
            recent = self.iterations[-self.window:]
            return sum(s for s, _ in recent), sum(c for _, c in recent)
        total, count = self.start
        for s, c in self.iterations:
            if self.kind == "decayed":
                kept = torch.where(c > 0, self.decay, 1.0)
                total, count = kept[:, None] * total, kept * count
            total, count = total + s, count + c
        return total, count

    @property
    def sum(self):
        return self.totals()[0].detach()

    @property
    def count(self):
        return self.totals()[1]

    def loss(self, features, rows):
        """One mean over the members; 0 where there is none."""
        total, count = self.totals()
        members = (rows >= 0) & (count[rows] > 0)
        if not members.any():
            return features.sum() * 0
        chosen = rows[members]
        return distance(self.distance, features[members], total[chosen] / count[chosen, None]).mean()
