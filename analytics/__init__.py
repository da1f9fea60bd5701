from . import recording, scales, scoring
