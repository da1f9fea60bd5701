from . import tier
from . import complaint
