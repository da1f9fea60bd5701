from . import tier
from . import complaint
from . import customer
