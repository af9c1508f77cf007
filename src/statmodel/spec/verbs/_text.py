"""A document as text, with its numbers as they were written."""

import io
import json
from typing import assert_never

from ruamel.yaml import YAML

from statmodel.spec._document import Spec
from statmodel.spec._source import Format, plain_document


def document_text(spec: Spec, *, format: Format) -> str:
    """The document as JSON or YAML; its digest is that of the spec.

    Args:
        spec: the document.
        format: the language.
    """
    plain = plain_document(spec)
    match format:
        case "json":
            return json.dumps(plain, indent=2, ensure_ascii=False)
        case "yaml":
            writer = YAML(typ="safe", pure=True)
            writer.default_flow_style = None
            writer.allow_unicode = True
            writer.width = 100
            writer.representer.sort_base_mapping_type_on_output = False
            stream = io.StringIO()
            writer.dump(plain, stream)
            return stream.getvalue()
        case _:
            assert_never(format)
