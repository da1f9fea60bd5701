from . import scoring
from . import tier
from . import complaint
from . import competition
from . import campaign
from . import profit
from . import diagnosis
