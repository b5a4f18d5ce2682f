"""The cast, places and things of the training stories, and how a template refers to them."""
import re

GIRLS = ["Lily", "Anna", "Mia", "Ella", "Rosa", "Nora", "Lucy", "Emma"]
BOYS = ["Tom", "Ben", "Max", "Sam", "Leo", "Jack", "Tim", "Finn"]
ANIMALS = ["fox", "rabbit", "bear", "mouse", "duck", "cat", "dog", "frog", "squirrel", "hedgehog", "bird", "turtle"]
SMALL_ANIMALS = ["kitten", "puppy", "bird", "rabbit", "duckling", "squirrel", "mouse", "hedgehog"]
TRAITS = ["kind", "curious", "brave", "happy", "clever", "gentle", "cheerful", "shy"]
SIZES = ["little", "small", "young"]
PLACES = ["park", "garden", "forest", "meadow", "farm", "beach", "playground", "village"]
HOMES = ["in a small house near the forest", "in a village by the sea", "on a farm with many animals",
         "in a little house on a hill", "near a big blue lake", "at the edge of the forest"]
COLORS = ["red", "blue", "green", "yellow", "white", "golden"]
TOYS = ["ball", "kite", "boat", "drum", "hat", "doll", "book", "balloon"]
FOODS = ["apple", "cookie", "carrot", "sandwich", "cake", "pear", "muffin", "banana"]
ADULTS = {"mom": "she", "dad": "he", "grandma": "she", "grandpa": "he"}
SPOTS = ["under a bush", "behind a big tree", "next to a rock", "in the tall grass", "under the old bench",
         "near the water"]
DAYS = ["One day", "One sunny day", "One morning", "One warm afternoon", "One fine evening", "One windy day"]
LESSONS = {
    "share": ["sharing makes everyone happy", "it is good to share with others"],
    "help": ["helping others feels good", "a good friend is always ready to help"],
    "brave": ["being brave means trying even when you are afraid", "it is okay to be afraid"],
    "honest": ["it is always best to tell the truth", "telling the truth makes the heart feel light"],
    "patient": ["good things take time", "it is worth it to wait and to work hard"],
    "together": ["everything is easier with a friend", "working together is better than working alone"],
    "listen": ["it is wise to listen to good advice", "it is good to stay close to home"],
}
FORMS = {"she": ("she", "her", "her"), "he": ("he", "him", "his")}


class Person:
    """Somebody in a story. `name` is what the text calls them: "Lily", "the old owl", "her mom"."""

    def __init__(self, name, pronoun, kind):
        self.name, self.kind = name, kind
        self.he, self.him, self.his = FORMS[pronoun]


def pick_child(rng, taken=()):
    pronoun = rng.choice(["she", "he"])
    names = GIRLS if pronoun == "she" else BOYS
    name = rng.choice([candidate for candidate in names if candidate not in taken])
    return Person(name, pronoun, "girl" if pronoun == "she" else "boy")


def pick_hero(rng):
    """A child, or an animal with a child's name."""
    hero = pick_child(rng)
    if rng.random() < 0.35:
        hero.kind = rng.choice(ANIMALS)
    return hero


def pick_friend(rng, hero):
    """Of the hero's world: children have children for friends, animals have animals."""
    friend = pick_child(rng, taken=(hero.name,))
    if hero.kind in ANIMALS:
        friend.kind = rng.choice([kind for kind in ANIMALS if kind != hero.kind])
    return friend


def pick_adult(rng, hero):
    kind = rng.choice(list(ADULTS))
    return Person(f"{hero.his} {kind}", ADULTS[kind], kind)


def fill(template, people, things):
    """Replaces {hero}, {hero.he}, {toy}, ...; a capital in the key ({Hero.he}) gives a capital."""

    def value(match):
        key = match.group(1)
        low = key[0].lower() + key[1:]
        owner, _, form = low.partition(".")
        text = getattr(people[owner], form or "name") if owner in people else things[owner]
        return text[0].upper() + text[1:] if key[0].isupper() else text

    text = re.sub(r"\{([A-Za-z.]+)\}", value, template)
    text = re.sub(r"\bin the (?=beach|farm|playground)", "on the ", text)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def introduce(text, hero, friend):
    """Says who the friend is where the story mentions them first: "her friend Ben"."""
    match = re.search(rf"(friend |named )?\b{friend.name}\b", text)
    if not match or match.group(1):
        return text
    start = match.start()
    opens = start == 0 or text[:start].endswith((". ", "! ", "? "))
    words = f"{hero.his} friend {friend.name}"
    return text[:start] + (words[0].upper() + words[1:] if opens else words) + text[match.end():]


def vary_subject(rng, text, hero, others):
    """Where two sentences in a row begin with the hero's name, the second often gets the pronoun."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    for index in range(2, len(sentences)):
        before, here = sentences[index - 1], sentences[index]
        clear = before.startswith(hero.name + " ") and not any(other.name in before for other in others)
        if clear and here.startswith(hero.name + " ") and rng.random() < 0.6:
            sentences[index] = hero.he.capitalize() + here[len(hero.name):]
    return " ".join(sentences)
