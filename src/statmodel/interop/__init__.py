"""Other programs' documents: patches, patchsets, workspaces, XML."""

from ._json_patch import apply_patch as apply_patch
from ._json_patch import load_patch as load_patch
from ._patchset import Patch as Patch
from ._patchset import PatchSet as PatchSet
from ._patchset import apply_patchset as apply_patchset
from ._patchset import find_patch as find_patch
from ._patchset import load_patchset as load_patchset
from ._patchset import patchset_document as patchset_document
from ._patchset import verify_patchset as verify_patchset
from ._read_xml import read_xml as read_xml
from ._to_pyhf import Workspace as Workspace
from ._to_pyhf import to_pyhf as to_pyhf
