"""The nearest among many images or codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae.config import IMAGE_PIXELS
from vae.validate import as_images

VOTERS = 5


class Neighbours(NamedTuple):
    """The most similar among many vectors.

    Attributes:
        indices: Which, nearest first, (n, count).
        distances: Their squared distances, float64 (n, count).
    """

    indices: np.ndarray
    distances: np.ndarray


class SearchSet(NamedTuple):
    """Vectors to look among, with what every search needs of them: worth keeping where there are many searches.

    Attributes:
        vectors: (m, dimensions).
        squared_norms: Their squared lengths, (m,).
    """

    vectors: np.ndarray
    squared_norms: np.ndarray


def search_set(vectors: np.ndarray) -> SearchSet:
    """Prepares vectors, (m, dimensions), to be searched."""
    return SearchSet(vectors, np.einsum("ij,ij->i", vectors, vectors))


def image_search_set(images: np.ndarray) -> SearchSet:
    """Prepares images, (m, 28, 28) in [0, 1], to be searched pixel by pixel.

    Raises:
        InputError: Images of another shape, type or range.
    """
    return search_set(as_images(images).reshape(-1, IMAGE_PIXELS))


def nearest(vectors: np.ndarray, among: np.ndarray | SearchSet, count: int = 1) -> Neighbours:
    """Finds the vectors of a set that lie closest to some vectors.

    Args:
        vectors: (n, dimensions).
        among: Where to look, (m, dimensions), m at least `count`.
        count: How many for each.
    """
    known, squared_norms = among if isinstance(among, SearchSet) else search_set(among)
    # |a - b|^2 = |a|^2 + |b|^2 - 2 ab makes one matrix product of it, and |a|^2 doesn't change a row's order.
    squared = squared_norms - 2 * vectors @ known.T
    found = np.argpartition(squared, count - 1, axis=1)[:, :count]
    # The product rounds; of the few that were found the distances are worked out anew.
    distances = ((known[found].astype(np.float64) - vectors[:, None]) ** 2).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbours(*(np.take_along_axis(array, order, axis=1) for array in (found, distances)))


class SimilarImages(NamedTuple):
    """The most similar among many images.

    Attributes:
        indices: Which, nearest first, (n, count).
        mse: Their mean squared distances, (n, count).
    """

    indices: np.ndarray
    mse: np.ndarray


def nearest_images(images: np.ndarray, among: np.ndarray | SearchSet, count: int = 1) -> SimilarImages:
    """Finds the images of a set that lie closest to some images, pixel by pixel.

    Args:
        images: (n, 28, 28) in [0, 1].
        among: Where to look, (m, 28, 28) in [0, 1], or what `image_search_set` made of it; m at least `count`.
        count: How many for each.

    Raises:
        InputError: Images of another shape, type or range.
    """
    others = among if isinstance(among, SearchSet) else image_search_set(among)
    found = nearest(as_images(images).reshape(-1, IMAGE_PIXELS), others, count)
    return SimilarImages(found.indices, found.distances / IMAGE_PIXELS)


def nearest_label(
    codes: np.ndarray, known: np.ndarray, labels: np.ndarray, count: int = VOTERS
) -> np.ndarray:
    """What a code most likely shows: the commonest label among the nearest known codes.

    Args:
        codes: (n, latent_dim).
        known: Codes whose labels are known, (m, latent_dim), m at least `count`.
        labels: Their labels, whole numbers from 0, (m,).
        count: How many neighbours vote; of equal votes the smaller label wins.

    Returns:
        (n,) labels.

    Source: Cover and Hart, "Nearest Neighbor Pattern Classification", IEEE Transactions on Information Theory
    13(1), 1967.
    """
    voters = labels[nearest(codes, known, count).indices]
    votes = (voters[:, :, None] == np.arange(labels.max() + 1)).sum(axis=1)
    return votes.argmax(axis=1)
