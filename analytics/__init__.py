from . import recording, scales, scoring, words
