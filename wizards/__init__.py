from . import core
from . import scoring
from . import tier
from . import care
from . import complaint
from . import campaign
from . import desk
from . import profit
