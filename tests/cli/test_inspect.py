import json

from statmodel.cli import _inspect


def test_the_document_says_what_every_part_does(run, spec):
    found = json.loads(run("inspect", spec).stdout)
    assert found["poi"] == ["n_s"]
    by_name = {one["name"]: one for one in found["parameters"]}
    assert by_name["n_s"]["bounds"] == [0.0, 200.0]
    assert by_name["n_s"]["groups"] == ["signal"]
    assert by_name["alpha"]["constraint"] == {"type": "gaussian", "mean": 0.0, "sigma": 1.0}
    assert by_name["k"]["declared"] is False
    signal, background = found["channels"][0]["processes"]
    assert signal["rate"] == "twice * (0.5)"
    assert signal["density"] == "gaussian(observable=m, mean=5, sigma=0.5)"
    assert signal["modifiers"][0]["words"] == "rate * 1.1 at alpha = +1, * 0.9 at -1"
    assert background["modifiers"][0]["words"] == "rate * k"
    assert found["channels"][0]["observed"] == "16 events in place"
    assert found["functions"] == [{"name": "twice", "expression": "2 * n_s"}]


def test_tables_on_a_terminal(run, spec, monkeypatch):
    monkeypatch.setattr(_inspect, "wants_json", lambda *, asked: asked)
    monkeypatch.setenv("COLUMNS", "120")
    done = run("inspect", spec)
    assert done.exit_code == 0
    for words in (
        "Parameters (3)",
        "gaussian 0 +- 1",
        "Channel peak: m [0, 10] GeV",
        "rate * 1.1 at alpha = +1, * 0.9 at -1",
        "code4: polynomial of sixth order",
        "16 events in place",
    ):
        assert words in done.stdout


def test_ratio_channels_name_their_columns(run, repository):
    found = json.loads(run("inspect", repository / "specs" / "offshell_h4l.yaml").stdout)
    channel = found["channels"][0]
    assert channel["processes"][0]["density"] == "column r_S"
    assert channel["processes"][0]["rate"] == "15.1 * (mu - sqrt_mu)"
    words = [modifier["words"] for modifier in channel["processes"][0]["modifiers"]]
    expected = "density * column g_S_gg_up at alpha_gg_shape = +1, * column g_S_gg_dn at -1"
    assert expected in words
    assert channel["simulation"] == "offshell_h4l_pool.parquet, weight w"
