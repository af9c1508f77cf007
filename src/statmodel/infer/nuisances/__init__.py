"""What nuisance parameters do: pulls, impacts on a parameter of interest, parts of its error."""

from ._breakdown import Breakdown as Breakdown
from ._breakdown import Part as Part
from ._breakdown import breakdown as breakdown
from ._impacts import Impact as Impact
from ._impacts import Impacts as Impacts
from ._impacts import impacts as impacts
from ._pulls import Pull as Pull
from ._pulls import Pulls as Pulls
from ._pulls import pulls as pulls
