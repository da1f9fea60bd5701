"""Has Hypothesis try the same examples in every run, so that a change alone decides whether tests pass.

To be loaded before tests are: what they are decorated with asks for the profile then.
"""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.load_profile("same")
