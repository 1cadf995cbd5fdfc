"""How people say where to go: templates and synonyms, some of them held out for testing.

Only words of the nano tokenizer are used, so that each is one token; and what is held out is said
in words that training uses too, because a word never heard cannot be understood.
"""

from __future__ import annotations

import random

from specedge.sim.objects import SYNONYMS

TEMPLATES = (
    "go to the {}",
    "walk to the {}",
    "find the {}",
    "approach the {}",
    "please go to the {}",
    "head to the {}",
    "move to the {}",
    "navigate to the {}",
    "go over to the {}",
    "walk over to the {}",
    "run to the {}",
    "take me to the {}",
    "can you go to the {}",
    "could you walk to the {} please",
    "go and find the {}",
    "walk towards the {}",
    "get close to the {}",
    "come to the {}",
    "look for the {} and go there",
    "{}",
    "the {}",
    "go to a {}",
    "i want you to go to the {}",
    "proceed to the {}",
    "stop at the {}",
    "reach the {}",
    "hey dog go to the {}",
    "robot go to the {}",
    "your goal is the {}",
    "find a {}",
    "the {} please",
    "the {}, please",
    "robot, find the {}",
    "please find the {}",
    "look for the {}",
    "would you find the {}",
    "can you find the {} please",
    "could you get to the {}",
    "go straight to the {}",
    "go near the {}",
    "go up to the {}",
    "walk close to the {}",
    "run over to the {}",
    "make your way to the {}",
    "now go to the {}",
    "ok, go to the {}",
    "please head over to the {}",
    "move closer to the {}",
    "move up to the {}",
    "get to the {} quickly",
    "slowly walk to the {}",
    "step up to the {}",
    "drive to the {}",
    "where is the {}? go there",
    "there is a {}, go to it",
    "i want to see you at the {}",
    "wait for me at the {}",
    "stand before the {}",
)
"""Sentences about one thing."""
HELD_OUT_TEMPLATES = (
    "would you go to the {}",
    "walk up to the {}",
    "head over to the {} please",
    "please approach the {}",
    "go find the {}",
    "move towards the {}",
    "ok robot, walk to the {}",
    "could you please find the {}",
    "i want you to reach the {}",
    "look for a {} and walk to it",
    "now run to the {} please",
    "can you get close to the {}",
)
PAIR_TEMPLATES = (
    "go to the {}, then the {}",
    "go to the {} and then to the {}",
    "first go to the {}, then go to the {}",
    "walk to the {} then walk to the {}",
    "go to the {} and then find the {}",
    "find the {}, then the {}",
    "please go to the {} and then to the {}",
    "go to the {}, then go on to the {}",
    "first the {}, then the {}",
    "first find the {} and then go to the {}",
    "head to the {} and then to the {}",
    "move to the {}, then to the {}",
    "go to the {} and next to the {}",
    "approach the {} then approach the {}",
    "the {} and then the {}",
    "take me to the {}, then to the {}",
    "can you go to the {} and then to the {}",
    "reach the {}, then reach the {}",
    "go to the {} before you go to the {}",
    "first walk to the {}, next find the {} please",
    "go to the {}. then go to the {}",
    "go over to the {}, then head over to the {}",
)
"""Sentences about two things, to be reached in the order in which they are named."""
HELD_OUT_PAIR_TEMPLATES = (
    "walk over to the {}, then find the {}",
    "first walk to the {} and then go to the {}",
    "could you go to the {} and then the {} please",
    "reach the {}, then head to the {}",
    "please find the {} and next the {}",
    "go to the {} first, then walk to the {}",
)
_STEPS = (
    "go to the {}",
    "walk to the {}",
    "find the {}",
    "head to the {}",
    "reach the {}",
    "move to the {}",
    "approach the {}",
    "go over to the {}",
    "walk over to the {}",
    "run to the {}",
    "navigate to the {}",
)
_SECOND_STEPS = (*_STEPS, "the {}", "to the {}")
_JOINED = (
    "{}, then {}",
    "{} then {}",
    "{} and then {}",
    "{}, and then {}",
    "first {}, then {}",
    "first {} and then {}",
    "{} first, then {}",
    "{} first and then {}",
    "{} and next {}",
    "{}, next {}",
    "{}. then {}",
)
_ASKED = (
    "{}",
    "please {}",
    "{} please",
    "can you {}",
    "could you {} please",
    "would you {}",
    "robot, {}",
    "ok, {}",
    "now {}",
)
_JOINED_ANEW = 0.6
"""Share of the sentences of two steps in training that are put together from these parts."""
LEAST_SAID = 0.75
"""Share of goals that use the object's own name rather than a synonym."""
_COLOUR_AFTER = 0.08
_PLAIN = 0.1


def say(template: str, name: str, random_source: random.Random) -> str:
    """Fills a template with an object's name, now and then by a synonym of its kind."""
    return _spoken(template.format(_phrase(name, random_source)), random_source)


def say_pair(template: str, first: str, second: str, random_source: random.Random) -> str:
    """Fills a template of two steps."""
    filled = template.format(_phrase(first, random_source), _phrase(second, random_source))
    return _spoken(filled, random_source)


def draw_template(random_source: random.Random, *, held_out: bool) -> str:
    """Draws how one thing is asked for; in training now and then the plainest sentence."""
    if held_out:
        return random_source.choice(HELD_OUT_TEMPLATES)
    return TEMPLATES[0] if random_source.random() < _PLAIN else random_source.choice(TEMPLATES)


def draw_pair_template(random_source: random.Random, *, held_out: bool) -> str:
    """Draws how two things are asked for; in training often in words put together anew."""
    if held_out:
        return random_source.choice(HELD_OUT_PAIR_TEMPLATES)
    if random_source.random() >= _JOINED_ANEW:
        return random_source.choice(PAIR_TEMPLATES)
    while True:
        steps = random_source.choice(_STEPS), random_source.choice(_SECOND_STEPS)
        template = random_source.choice(_ASKED).format(random_source.choice(_JOINED).format(*steps))
        if template not in HELD_OUT_PAIR_TEMPLATES:
            return template


def _phrase(name: str, random_source: random.Random) -> str:
    *colour, kind = name.split()
    if kind in SYNONYMS and random_source.random() > LEAST_SAID:
        kind = random_source.choice(SYNONYMS[kind])
    if colour and random_source.random() < _COLOUR_AFTER:
        return f"{kind} that is {colour[0]}"
    return " ".join([*colour, kind])


def _spoken(sentence: str, random_source: random.Random) -> str:
    spoken = random_source.random()
    if spoken < 0.1:
        return sentence.capitalize()
    return sentence + "." if spoken < 0.2 else sentence
