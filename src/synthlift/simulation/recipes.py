"""Recipes: texts of a domain that hardly any corpus is of, to show how far from it another domain's texts are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["recipes"]

_FOODS = (
    "onions", "carrots", "potatoes", "lentils", "mushrooms", "tomatoes", "leeks", "chickpeas", "spinach", "pumpkin",
    "apples", "pears", "plums", "rice", "noodles", "barley", "salmon", "chicken thighs", "minced lamb", "white beans",
)  # fmt: skip
_SEASONINGS = (
    "thyme", "cumin", "garlic", "ginger", "paprika", "lemon zest", "soy sauce", "nutmeg", "mustard", "parsley",
    "black pepper", "coriander", "vinegar", "cinnamon", "bay leaves",
)  # fmt: skip
_VESSELS = ("a heavy pan", "a large bowl", "an oven dish", "a saucepan", "a wok", "a casserole", "a baking tray")
_CUTS = ("Chop", "Slice", "Dice", "Grate", "Peel", "Rinse", "Halve")
_HEATS = ("fry", "simmer", "roast", "steam", "bake", "braise", "boil")
_FATS = ("butter", "olive oil", "sesame oil", "lard", "rapeseed oil")
_SIDES = ("fresh bread", "a green salad", "yoghurt", "boiled eggs", "toasted almonds", "grated cheese", "pickles")
_SENTENCES = (
    "{cut} the {food} and put them into {vessel} with a spoonful of {fat}.",
    "Add {seasoning} and {other_seasoning}, then {heat} everything for {minutes} minutes.",
    "Meanwhile {heat} the {other_food} until they are tender.",
    "Season with {seasoning}, taste, and add salt if needed.",
    "Stir in the {food} and leave it to rest, covered, for {minutes} minutes.",
    "Pour off the water, keep a cup of it, and mix in {fat} and {seasoning}.",
    "Serve hot with {side}, and keep what is left in the fridge for two days.",
    "For {people} people you need a kilo of {food} and a handful of {other_food}.",
    "Turn down the heat as soon as it smells of {seasoning}, or it will taste bitter.",
    "Heat the oven, line {vessel} with paper, and spread the {other_food} on it.",
)


def recipes(lengths: Sequence[int], rng: np.random.Generator) -> list[str]:
    """Write recipes in English, each of about as many words as is wanted.

    Parameters
    ----------
    lengths : sequence of int
        Words of each text; one sentence at least is written.
    rng : numpy.random.Generator

    Examples
    --------
    >>> len(recipes([30, 60], np.random.default_rng(0)))
    2
    """
    return [_recipe(length, rng) for length in lengths]


def _recipe(n_words: int, rng: np.random.Generator) -> str:
    words: list[str] = []
    while not words or len(words) < n_words:
        words += _sentence(rng).split()
    return " ".join(words)


def _sentence(rng: np.random.Generator) -> str:
    foods, seasonings = rng.choice(_FOODS, 2, replace=False), rng.choice(_SEASONINGS, 2, replace=False)
    return str(rng.choice(_SENTENCES)).format(
        food=foods[0],
        other_food=foods[1],
        seasoning=seasonings[0],
        other_seasoning=seasonings[1],
        cut=rng.choice(_CUTS),
        heat=rng.choice(_HEATS),
        fat=rng.choice(_FATS),
        vessel=rng.choice(_VESSELS),
        side=rng.choice(_SIDES),
        minutes=5 * rng.integers(1, 12),
        people=rng.integers(2, 9),
    )
