"""A workspace whose toys take no time, with a closed form."""

import json

import pytest


@pytest.fixture(scope="session")
def counting_file(tmp_path_factory):
    """One bin: 30 expected events of background and 12 of signal."""
    samples = [
        {"name": "s", "data": [12.0], "modifiers": [{"name": "mu", "type": "normfactor"}]},
        {"name": "b", "data": [30.0], "modifiers": []},
    ]
    samples[0]["modifiers"][0]["data"] = None
    document = {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [35]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    path = tmp_path_factory.mktemp("counting") / "counting.json"
    path.write_text(json.dumps(document))
    return path
