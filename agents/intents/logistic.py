"""Multinomial logistic regression in numpy: the L2-penalised optimum by L-BFGS, without randomness."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def fit(
    rows: Array, labels: Labels, classes: int, strength: float, balance: float = 0.0, iterations: int = 80
) -> Array:
    """(features, classes) weights that minimise |w|²/2 + strength · Σ log loss; a column of ones is the bias. `balance`
    from 0 to 1: how far a class of many rows counts no more than one of few."""
    if len(rows) < rows.shape[1]:  # the optimum lies in the span of the rows: solve there, where it is smaller
        basis, corner = np.linalg.qr(rows.T)
        return np.asarray(basis @ fit(corner.T, labels, classes, strength, balance, iterations), np.float64)
    wanted = np.eye(classes)[labels]
    counts = strength * _evened(labels, classes, balance)[:, None]

    def loss_and_slope(weights: Array) -> tuple[float, Array]:
        scores = rows @ weights
        highest = scores.max(axis=1, keepdims=True)
        shifted = np.exp(scores - highest)
        total = shifted.sum(axis=1, keepdims=True)
        loss = float(
            0.5 * (weights**2).sum()
            + (counts * (np.log(total) + highest - (scores * wanted).sum(1, keepdims=True))).sum()
        )
        return loss, weights + rows.T @ (counts * (shifted / total - wanted))

    return _minimise(loss_and_slope, np.zeros((rows.shape[1], classes)), iterations)


def _evened(labels: Labels, classes: int, balance: float) -> Array:
    """What each row counts; 1 in a class of the middle size."""
    sizes = np.bincount(labels, minlength=classes)
    result: Array = (sizes[labels] / np.median(sizes[sizes > 0])) ** -balance
    return result


def softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def energy(scores: Array) -> Array:
    """Log of the summed exponentials: high where some class claims the row loudly."""
    highest = scores.max(axis=-1)
    result: Array = highest + np.log(np.exp(scores - highest[..., None]).sum(axis=-1))
    return result


def _minimise(loss_and_slope: object, start: Array, iterations: int, memory: int = 10) -> Array:
    assert callable(loss_and_slope)
    point, (loss, slope) = start, loss_and_slope(start)
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=memory)
    for _ in range(iterations):
        step = _direction(slope, pairs)
        reach = 1.0 if pairs else min(1.0, 1.0 / (float(np.abs(slope).sum()) + 1e-12))
        descent = float((step * slope).sum())
        for _ in range(30):
            trial = point + reach * step
            trial_loss, trial_slope = loss_and_slope(trial)
            if trial_loss <= loss + 1e-4 * reach * descent:
                break
            reach *= 0.5
        else:
            return point
        moved, bent = trial - point, trial_slope - slope
        if (curvature := float((moved * bent).sum())) > 1e-12:
            pairs.append((moved, bent, 1.0 / curvature))
        settled = loss - trial_loss < 1e-5 * max(1.0, abs(loss))
        point, loss, slope = trial, trial_loss, trial_slope
        if settled:
            break
    return point


def _direction(slope: Array, pairs: deque[tuple[Array, Array, float]]) -> Array:
    """The two-loop recursion: minus the slope, bent by the curvature of the last steps."""
    result, factors = -slope, []
    for moved, bent, inverse in reversed(pairs):
        factor = inverse * float((moved * result).sum())
        factors.append(factor)
        result = result - factor * bent
    if pairs:
        moved, bent, inverse = pairs[-1]
        result = result / (inverse * float((bent * bent).sum()))
    for (moved, bent, inverse), factor in zip(pairs, reversed(factors), strict=True):
        result = result + (factor - inverse * float((bent * result).sum())) * moved
    return result
