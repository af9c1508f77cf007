"""What `explain` says of a model, against counts by hand."""

import json

import numpy as np

import models
import statmodel as sm
from compiler.conftest import Workshop
from statmodel.compiler import explain
from statmodel.model import CHUNK

REAL, FLAG = 8, 1
"""Bytes of a float64 and of a bool."""


def test_the_numbers_of_a_ratio_channel():
    model, data = models.compiled("ratio, reference policy")
    said = explain(model, model.bind(data))
    # mu, alpha, beta, gamma; of them alpha, beta, gamma have a constraint, mu stands under a root.
    assert (said.parameters, said.free, said.constrained, said.functions) == (4, 4, 3, 1)
    assert said.under_roots == ("mu",)
    [channel] = said.channels
    assert (channel.name, channel.kind, channel.processes) == ("SR", "ratio", 4)
    # Two nuisances have anchors (alpha, beta), of four processes; four of eight pairs are there.
    assert "4 absent (process, nuisance) pairs: not stored" in channel.folded
    assert channel.blocks == (
        "0 normfactors, 2 normsys in padded tables",
        "2 up/down pairs, code4",
        "1 up/down pairs, log_smooth",
        "1 up/down pairs, code1",
        "3 heads",
    )
    # `mu - root`, `root`, `1 - root`; the fourth process has no scale.
    assert channel.evaluated[0] == "3 formulas of 4 rates"
    assert "Z of each process, streamed over the pool (reference)" in channel.evaluated
    observed, pool = channel.samples
    assert (observed.name, pool.name) == ("observed", "pool")
    assert observed.events == data.channels["SR"].size
    for sample in (observed, pool):
        # Four ratios, four pairs of anchors, three heads, a weight and a mask in each row.
        assert sample.bytes == sample.rows * ((4 + 2 * 4 + 3 + 1) * REAL + FLAG)
    # 160 < 170 events in steps of 16; the pool's 1484 events in steps of 128.
    assert (observed.rows, observed.chunks) == (16 * -(-observed.events // 16), 1)
    assert 1408 < pool.events < 1536
    assert (pool.rows, pool.chunks) == (1536, 1)
    assert channel.value.flops > 0
    assert channel.second_order.flops > channel.value.flops


def test_the_numbers_of_an_analytic_channel():
    model, data = models.compiled("analytic")
    said = explain(model, model.bind(data))
    # eff, k, lumi, width, alpha by themselves, a and b together.
    assert (said.constrained, said.parameters, said.functions) == (7, 11, 1)
    [channel] = said.channels
    assert channel.folded == ("constant factors of the rates",)
    assert channel.hoisted == ("density of flat: reads no parameter",)
    assert channel.evaluated == (
        "3 formulas of 3 rates",
        "density of signal",
        "density of background",
    )
    assert channel.blocks == ("3 normfactors, 1 normsys in padded tables",)
    [observed] = channel.samples
    # 90 events: 11 * 8 < 90 <= 12 * 8. One observable, one hoisted column, weight, mask.
    assert (observed.events, observed.rows, observed.chunks) == (90, 96, 1)
    assert observed.bytes == 96 * (3 * REAL + FLAG)


def test_without_data_only_the_pool_is_described():
    model, _ = models.compiled("ratio, reference policy")
    [channel] = explain(model).channels
    assert [sample.name for sample in channel.samples] == ["pool"]
    assert channel.value is None
    assert channel.second_order is None


def test_the_text_and_the_json_say_the_same():
    model, data = models.compiled("analytic")
    said = sm.explain(model, model.bind(data))
    plain = json.loads(said.to_json())
    assert plain["channels"][0]["samples"][0]["rows"] == 96
    lines = str(said).splitlines()
    assert lines[0] == "measurement m: 11 parameters, 11 free, 7 constrained, 1 functions"
    assert "  hoisted to bind time: density of flat: reads no parameter" in lines
    assert "  observed: 90 events padded to 96 rows (6% waste) in 1 chunks, 0.00 MiB" in lines


def test_costs_grow_with_the_chunks(workshop: Workshop):
    text = """
statmodel: "1"
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: 5, density: {type: ratio, column: r}, modifiers: [MU]}
observations: [{name: c, file: data.parquet}]
measurements: [{name: m, config: {poi: mu}}]
""".replace("MU", "{type: normfactor, name: mu}")
    costs = []
    for rows in (CHUNK, 3 * CHUNK):
        ratios = np.random.default_rng(rows).uniform(0.5, 1.5, rows)
        workshop.table("data.parquet", {"x": np.full(rows, 0.5), "r": ratios})
        found = workshop.compile(text)
        [channel] = explain(found.model, found.model.bind(found.data)).channels
        costs.append(channel.value.flops)
    assert costs[1] == 3 * costs[0]  # one chunk, then three


def test_the_numbers_of_binned_channels():
    model, data = models.compiled("binned")
    said = explain(model, model.bind(data))
    assert said.channels == ()
    bins = said.bins
    # SR 3 bins x 3 samples, CR 1 x 1, VR 3 x 2, empty 2 x 1; stored as 3 samples x 9 bins.
    assert (bins.channels, bins.bins, bins.rows) == (4, 9, 7)
    assert (bins.entries, bins.stored) == (18, 27)
    assert set(bins.codes) == {"code0", "code2", "code4p"}
    # stat_SR 3, own 3, stat_CR 1, stat_VR 3, stat_E 2 are read once; free[0..2] by two channels.
    assert bins.eliminated == 12
    assert bins.kept == model.space.size - 12
    assert bins.flops > 0
    assert json.loads(said.to_json())["bins"]["entries"] == 18
    assert "  a Newton step keeps 9 parameters and eliminates 12 bin by bin" in str(said)
    assert explain(model).bins.flops is None


def test_unbinned_models_have_no_bins():
    model, _ = models.compiled("analytic")
    assert explain(model).bins is None
