from . import scoring
from . import complaint
from . import campaign
from . import profit
