"""Image datasets and transforms."""

from __future__ import annotations

from . import datasets, transforms
from .datasets import CIFAR10, CIFAR100, MNIST, Digits, FashionMNIST

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "Digits", "FashionMNIST", "datasets", "transforms"]
