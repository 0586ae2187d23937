"""Random numbers by rejection: gamma, Poisson and what is made from them, each result from blocks of its own.

An attempt takes four uniform numbers: those of the block of the result, with the attempt in the third word of the
counter.  How many it takes is known only then, so results are made one at a time.

References: Marsaglia, Tsang, A simple method for generating gamma variables, 2000; Hörmann, The transformed rejection
method for generating Poisson random variables, 1993.
"""

from __future__ import annotations

import numpy as np

from .kernel import foreach, helper
from .random import HALF, LOW, ONE, SINGLE, philox, turn, unit
from .words import absolute, exp, floor, gammaln, log, sqrt, where

NAN = np.float32(np.nan)
ATTEMPTS = 1000  # no loop comes near it; it ends those that NaN keeps going


@helper
def four(index, attempt, key):
    """Four numbers in [0, 1) for one attempt at one result."""
    block = np.uint64(index)
    a, b, c, d = philox(block & LOW, block >> HALF, np.uint64(attempt), ONE ^ ONE, key)
    return unit(a, SINGLE), unit(b, SINGLE), unit(c, SINGLE), unit(d, SINGLE)


@helper
def one_gamma(index, key, lane, alpha):
    """A gamma number of shape alpha, scale 1, by Marsaglia and Tsang, 2000."""
    boost = where(alpha < 1.0, alpha * 0.0 + 1.0, alpha * 0.0)
    d = alpha + boost - 0.3333333333333333
    c = 1.0 / sqrt(d * 9.0)
    result = alpha * NAN
    attempt = 0
    while attempt < ATTEMPTS:
        u0, u1, u2, u3 = four(index, attempt + lane, key)
        cosine, _ = turn(u1)
        x = sqrt(log(1.0 - u0) * -2.0) * cosine
        v = 1.0 + c * x
        if v > 0.0:
            v, s = v * v * v, x * x
            # nearly all pass the first test, which implies the second one
            if u2 > s * s * 0.0331 or log(1.0 - u2) < 0.5 * s + d - d * v + d * log(v):
                result = d * v
                if alpha < 1.0:
                    result = result * exp(log(1.0 - u3) / alpha)
                attempt = ATTEMPTS
        attempt += 1
    return result


@helper
def one_poisson(index, key, lane, rate):
    """A Poisson number: products of uniform numbers below a rate of 10, else PTRS of Hörmann, 1993."""
    result = rate * NAN
    if rate == 0.0:
        result = rate
    elif rate < 10.0:
        limit, product, k = exp(-rate), rate * 0.0 + 1.0, rate * 0.0
        attempt = 0
        while attempt < ATTEMPTS:
            u0, u1, u2, u3 = four(index, attempt + lane, key)
            a = product * (1.0 - u0)
            b = a * (1.0 - u1)
            c = b * (1.0 - u2)
            product = c * (1.0 - u3)  # they fall, so counting those above the limit needs no branch
            k += where(a > limit, 1.0, 0.0) + where(b > limit, 1.0, 0.0) + where(c > limit, 1.0, 0.0)
            if product > limit:
                k += 1.0
            else:
                result = k
                attempt = ATTEMPTS
            attempt += 1
    elif rate > 0.0:
        b = 0.931 + 2.53 * sqrt(rate)
        a = -0.059 + 0.02483 * b
        inverse = 1.1239 + 1.1328 / (b - 3.4)
        accept = 0.9277 - 3.6224 / (b - 2.0)
        attempt = 0
        while attempt < ATTEMPTS:
            u0, u1, u2, u3 = four(index, attempt + lane, key)
            u, v = u0 - 0.5, 1.0 - u1
            distance = 0.5 - absolute(u)
            k = floor((2.0 * a / distance + b) * u + rate + 0.43)
            if distance >= 0.07 and v <= accept:
                result = k
                attempt = ATTEMPTS
            elif k >= 0.0 and (distance >= 0.013 or v <= distance):
                level = log(v * inverse / (a / (distance * distance) + b))
                if level <= k * log(rate) - rate - gammaln(k + 1.0):
                    result = k
                    attempt = ATTEMPTS
            attempt += 1
    return result


@foreach(flat=True, grain=512)
def gamma_each(i, y, key, counter, alpha, beta, per):
    """y[i] of shape alpha and scale beta; each parameter serves `per` results."""
    y[i] = one_gamma(counter + i, key, 0, alpha[i // per]) * beta[i // per]


@foreach(flat=True, grain=512)
def poisson_each(i, y, key, counter, rate, per):
    """y[i] of a rate."""
    y[i] = one_poisson(counter + i, key, 0, rate[i // per])


@foreach(flat=True, grain=512)
def negative_binomial_each(i, y, key, counter, k, p, per):
    """y[i]: failures before k successes of probability p, a Poisson number of a gamma rate."""
    rate = one_gamma(counter + i, key, ATTEMPTS, k[i // per]) * (1.0 - p[i // per]) / p[i // per]
    y[i] = one_poisson(counter + i, key, 0, where(p[i // per] >= 1.0, rate * 0.0, rate))


@foreach(flat=True, grain=512)
def general_negative_binomial_each(i, y, key, counter, mean, alpha, per):
    """y[i] of a mean and of variance mean + alpha mean**2."""
    mu, a = mean[i // per], alpha[i // per]
    rate = mu
    if a > 0.0:
        rate = one_gamma(counter + i, key, ATTEMPTS, 1.0 / a) * mu * a
    y[i] = one_poisson(counter + i, key, 0, rate)
