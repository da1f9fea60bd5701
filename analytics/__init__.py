from . import scales
from . import scoring
from . import recording
