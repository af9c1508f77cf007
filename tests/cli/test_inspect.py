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


def test_binned_channels_and_included_files(run, mixed):
    found = json.loads(run("inspect", mixed).stdout)
    assert [(one["name"], one["kind"]) for one in found["channels"]] == [
        ("peak", "analytic"), ("CR", "binned"), ("SR", "binned"),
    ]  # fmt: skip
    control, signal = found["channels"][1:]
    assert (control["bins"], control["observed"]) == (3, None)
    assert (control["samples"][0]["scale"], control["samples"][0]["data"]) == ("2 * k", [3, 5, 7])
    assert (signal["bins"], signal["observed"]) == (2, [11, 8.5])
    assert signal["modifiers"] == {"normsys": 1, "histosys": 1, "shapefactor": 1, "shapesys": 1}
    first, second = signal["samples"][0]["modifiers"]
    assert first["words"] == "all bins * 1.2 at alpha = +1, * 0.8 at -1"
    # By hand: 12 and 9 events, of 10.
    assert second["words"] == "+2 events at alpha = +1, -1 at -1"
    assert second["interpolation"] == "code4p"
    assert found["included"] == [
        {"file": "inner/workspace.json", "measurement": "first", "channels": ["SR"]}
    ]


def test_tables_of_binned_channels(run, mixed, monkeypatch):
    monkeypatch.setattr(_inspect, "wants_json", lambda *, asked: asked)
    monkeypatch.setenv("COLUMNS", "140")
    done = run("inspect", mixed)
    assert done.exit_code == 0
    for words in (
        "Channel CR: 3 bins",
        "1 staterror",
        "Channel SR: 2 bins",
        "1 normsys, 1 histosys",
        "19.5 events in 2 bins",
        "Included files",
        "inner/workspace.json",
        "code4p: polynomial of sixth order inside |alpha| < 1, straight lines beyond",
    ):
        assert words in done.stdout


_LUMINOSITY = """
statmodel: "1"
parameters: [{name: lumi, constraint: {type: gaussian, mean: 1, sigma: 0.02}}]
channels:
  - name: SR
    samples:
      - {name: s, data: [4], modifiers: [{type: normfactor, name: mu}, {type: lumi, name: lumi}]}
  - name: peak
    type: unbinned
    observables: [{name: m, min: 0, max: 10}]
    processes:
      - {name: s, yield: 5, density: {type: uniform},
         modifiers: [{type: normfactor, name: mu}, {type: lumi, name: lumi}]}
"""


def test_a_luminosity_is_no_normfactor(run, tmp_path, monkeypatch):
    path = tmp_path / "lumi.yaml"
    path.write_text(_LUMINOSITY)
    binned, unbinned = json.loads(run("inspect", path).stdout)["channels"]
    for part in (binned["samples"][0], unbinned["processes"][0]):
        kinds = {one["name"]: one["kind"] for one in part["modifiers"]}
        assert kinds == {"mu": "normfactor", "lumi": "lumi"}
    assert binned["modifiers"] == {"normfactor": 1, "lumi": 1}
    monkeypatch.setattr(_inspect, "wants_json", lambda *, asked: asked)
    monkeypatch.setenv("COLUMNS", "120")
    shown = run("inspect", path).stdout
    assert "1 normfactor, 1 lumi" in shown
    assert "all bins * the luminosity" in shown
