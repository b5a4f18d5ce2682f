#!/usr/bin/env python3
"""Writes the training text: short stories from the project's own plots, one per line.

Usage: make_text.py [--stories N] [--seed S] [--out FILE]
The same arguments give the same text. See story_plots.py for what is told and story_words.py for who and where.
"""
import argparse
import random
import sys

import story_plots
import story_words as words


def cast(rng):
    """The people of one story, by the name the templates use."""
    hero = words.pick_hero(rng)
    return {"hero": hero, "friend": words.pick_friend(rng, hero), "adult": words.pick_adult(rng, hero)}


def scenery(rng, lesson):
    day = rng.choice(words.DAYS)
    return {"size": rng.choice(words.SIZES), "trait": rng.choice(words.TRAITS), "home": rng.choice(words.HOMES),
            "place": rng.choice(words.PLACES), "color": rng.choice(words.COLORS), "toy": rng.choice(words.TOYS),
            "food": rng.choice(words.FOODS), "spot": rng.choice(words.SPOTS), "baby": rng.choice(words.SMALL_ANIMALS),
            "day": day[0].lower() + day[1:], "lesson": rng.choice(words.LESSONS[lesson])}


def choose(rng, beat, cause):
    ways = beat if isinstance(beat, list) else beat[cause]
    return rng.choice(ways)


def story(rng):
    lesson, beats = rng.choice(story_plots.PLOTS)
    causes = next((sorted(beat) for beat in beats if isinstance(beat, dict)), [None])
    cause = rng.choice(causes)
    templates = [rng.choice(story_plots.OPENINGS)]
    templates += [choose(rng, beat, cause) for beat in beats]
    templates.append(rng.choice(story_plots.ENDINGS))
    people, things = cast(rng), scenery(rng, lesson)
    text = " ".join(words.fill(template, people, things) for template in templates)
    text = words.introduce(text, people["hero"], people["friend"])
    return words.vary_subject(rng, text, people["hero"], [people["friend"], people["adult"]])


def stories(count, seed):
    rng = random.Random(seed)
    return [story(rng) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=60000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    arguments = parser.parse_args()
    for text in stories(arguments.stories, arguments.seed):
        print(text, file=arguments.out)


if __name__ == "__main__":
    main()
