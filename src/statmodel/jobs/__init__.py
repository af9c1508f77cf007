"""What campaigns do: jobs as JSON, in which each piece is worked out from the document alone.

The only folder beside the command line that sees both compiler and infer: workers compile for
themselves.
"""

from ._construction_campaign import ConstructionCampaign as ConstructionCampaign
from ._construction_campaign import ConstructionProgress as ConstructionProgress
from ._construction_piece import construction_piece as construction_piece
from ._toy_campaign import ToyCampaign as ToyCampaign
from ._toy_campaign import ToyProgress as ToyProgress
from ._toy_campaign import merge as merge
from ._toy_campaign import status_of as status_of
from ._toy_campaign import tables as tables
from ._toy_job import toy_piece as toy_piece
