"""Image data sets."""

from __future__ import annotations

from . import datasets
from .datasets import CIFAR10, CIFAR100, MNIST, Digits, FashionMNIST

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "Digits", "FashionMNIST", "datasets"]
