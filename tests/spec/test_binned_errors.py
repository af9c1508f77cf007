"""pyhf's silent traps, and other slips in binned channels, are answered with their places."""

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import parse_spec, resolve

WORKSPACE = """\
{head}
channels:
  - name: A
    samples:
      - name: s
        data: [5, 6]
        modifiers:
          - {{type: normfactor, name: mu, data: null}}
          - {first}
      - name: b
        data: [50, 60]
        modifiers:
          - {second}
  - name: B
    samples:
      - name: b
        data: {data}
        modifiers:
          - {third}
observations:
  - {{name: A, data: {observed}}}
  - {{name: B, data: [7, 8]}}
measurements:
  - {{name: m, config: {{poi: {poi}, parameters: [{settings}]}}}}
"""
_HEAD = 'statmodel: "1"'
_DEFAULT = {
    "head": _HEAD, "data": "[7, 8]", "observed": "[1, 2]", "poi": "mu", "settings": "",
    "first": "{type: normfactor, name: k1}", "second": "{type: normfactor, name: k2}",
    "third": "{type: normfactor, name: k3}",
}  # fmt: skip
_STAT = "{type: staterror, name: g, data: [1, 2]}"
_SHAPE = "{type: shapesys, name: g, data: [1, 2]}"
_FREE = "{type: shapefactor, name: g}"
_HISTO = "{type: histosys, name: a, data: {hi_data: [5, 6], lo_data: [4, 5]}}"
_S, _B = "channels[0].samples[0]", "channels[0].samples[1]"
_C = "channels[1].samples[0]"
_SAYS = f"the channel has 2 bins, as {_S}.data (line 6) says."


def _text(**parts: str) -> str:
    return WORKSPACE.format(**{**_DEFAULT, **parts})


def _answer(text: str) -> tuple[list[str], list[str]]:
    """The problems of a document and its warnings."""
    try:
        spec = parse_spec(text, name="f")
    except SpecErrors as errors:
        return [str(problem) for problem in errors.problems], []
    _, problems, warnings = resolve(spec)
    return [str(problem) for problem in problems], [str(warning) for warning in warnings]


def test_the_document_that_the_cases_change_is_right():
    assert _answer(_text()) == ([], [])


CASES = [
    # A duplicate, of which pyhf keeps the last one.
    ({"first": "{type: normfactor, name: mu}"},
     f'f:9:38 {_S}.modifiers[1].name: this sample has a normfactor "mu" already, at '
     f"{_S}.modifiers[0] (line 8). Remove one of them."),
    ({"second": f"{_STAT}\n          - {_STAT}"},
     f'f:14:37 {_B}.modifiers[1].name: this sample has a staterror "g" already, at '
     f"{_B}.modifiers[0] (line 13). Remove one of them."),
    # Parameters of bins in places where they mean something else.
    ({"second": _STAT, "third": _STAT},
     f'f:19:37 {_C}.modifiers[0].name: the staterror "g" stands in another channel already, at '
     f"{_B}.modifiers[0].name (line 13); bins of two channels have no statistical error in common. "
     "Rename one of them."),
    ({"first": _SHAPE, "second": _SHAPE},
     f'f:13:36 {_B}.modifiers[0].name: the shapesys "g" stands at {_S}.modifiers[1].name (line 9) '
     "already; its parameters belong to one sample of one channel. Rename one of them."),
    ({"first": _SHAPE, "third": _SHAPE},
     f'f:19:36 {_C}.modifiers[0].name: the shapesys "g" stands at {_S}.modifiers[1].name (line 9) '
     "already; its parameters belong to one sample of one channel. Rename one of them."),
    ({"first": _FREE, "third": _FREE, "data": "[7, 8, 9]"},
     f'f:19:39 {_C}.modifiers[0].name: the shapefactor "g" has 3 bins here and 2 at '
     f"{_S}.modifiers[1].name (line 9). Rename one of them.",
     "f:22:21 observations[1].data: got 2 counts; the channel has 3 bins, as "
     f"{_C}.data (line 17) says."),
    # One name, one meaning.
    ({"first": _STAT, "second": _SHAPE},
     f'f:13:36 {_B}.modifiers[0].name: "g" is a shapesys here and a staterror at '
     f"{_S}.modifiers[1].name (line 9); one name has one meaning. Rename one of them."),
    ({"first": _STAT, "second": "{type: normfactor, name: g}"},
     f'f:9:37 {_S}.modifiers[1].name: "g" is a staterror here, with one parameter a bin, and the '
     f"parameter of a normfactor at {_B}.modifiers[0].name (line 13); one name has one meaning. "
     "Rename one of them."),
    ({"first": _STAT, "second": "{type: normfactor, name: 'g[0]'}"},
     f'f:9:37 {_S}.modifiers[1].name: "g[0]" is the parameter of a staterror here and of a '
     f"normfactor at {_B}.modifiers[0].name (line 13); one name has one meaning. Rename one of "
     "them."),
    ({"first": _HISTO, "second": "{type: normfactor, name: a}"},
     f'f:13:38 {_B}.modifiers[0].name: "a" is the parameter of a normfactor here and of a histosys '
     f"at {_S}.modifiers[1].name (line 9); one name has one meaning. Rename one of them."),
    ({"head": f"{_HEAD}\nfunctions: [{{name: g, expression: 2*mu}}]", "first": _STAT},
     f'f:10:37 {_S}.modifiers[1].name: "g" is a function; only a normfactor may be named by one.'),
    # Lengths.
    ({"first": _HISTO.replace("[5, 6]", "[5]")},
     f"f:9:55 {_S}.modifiers[1].data.hi_data: got 1 number; {_SAYS}"),
    ({"first": _HISTO.replace("[4, 5]", "[4, 5, 6]")},
     f"f:9:72 {_S}.modifiers[1].data.lo_data: got 3 numbers; {_SAYS}"),
    ({"second": _STAT.replace("[1, 2]", "[1, 2, 3]")},
     f"f:13:46 {_B}.modifiers[0].data: got 3 numbers; {_SAYS}"),
    ({"first": _SHAPE.replace("[1, 2]", "[1]")},
     f"f:9:45 {_S}.modifiers[1].data: got 1 number; {_SAYS}"),
    ({"observed": "[1, 2, 3]"},
     f"f:21:21 observations[0].data: got 3 counts; {_SAYS}"),
    # Numbers that cannot be.
    ({"first": _STAT.replace("[1, 2]", "[1, -2]")},
     f"f:9:50 {_S}.modifiers[1].data[1]: got -2, expected 0 or more."),
    ({"first": _SHAPE.replace("[1, 2]", "[.nan, 2]")},
     f"f:9:46 {_S}.modifiers[1].data[0]: got nan, expected a finite number. An absent bound is "
     "written null."),
    ({"first": _SHAPE.replace("[1, 2]", "[1, 1e-300]")},
     f"f:9:45 {_S}.modifiers[1].data: the uncertainty of bin 1 is too large or too small, next to "
     "its content."),
    # A bare overflow in NumPy's words was all that was said of these.
    ({"first": "{type: normsys, name: a, data: {hi: 1e308, lo: 0.9}}"},
     f"f:9:49 {_S}.modifiers[1].data.hi: got 1e+308 times the nominal rate, which leaves double "
     "precision a few standard deviations out; expected 1e+60 or less."),
    ({"first": _HISTO.replace("[4, 5]", "[-1.7e308, 5]")},
     f"f:9:73 {_S}.modifiers[1].data.lo_data[0]: got -1.7e+308 events, of which sums and "
     "differences leave double precision; expected 1e+100 or less."),
    ({"observed": "[1, -2]"},
     "f:21:25 observations[0].data[1]: got -2, expected 0 or more."),
    ({"first": "{type: normsys, name: a, data: {hi: 1.1, lo: 0}}"},
     f"f:9:58 {_S}.modifiers[1].data.lo: got 0, expected more than 0."),
    # Interpolation.
    ({"first": _HISTO.replace("]}}", "]}, interpolation: code4}")},
     f"f:9:96 {_S}.modifiers[1].interpolation: code4 multiplies, but this modifier adds; expected "
     "code0, code2 or code4p."),
    ({"first": "{type: normsys, name: a, data: {hi: 2, lo: 1}, interpolation: code0}"},
     f"f:9:75 {_S}.modifiers[1].interpolation: code0 adds, but this modifier multiplies; expected "
     "code1, code4 or log_smooth."),
    # Settings.
    ({"first": _STAT, "settings": "{name: g, inits: [1]}"},
     "f:24:63 measurements[0].config.parameters[0].inits: got 1 number; \"g\" has 2 parameters, "
     "one a bin."),
    ({"settings": "{name: mu, bounds: [[0, 1], [0, 1]]}"},
     "f:24:65 measurements[0].config.parameters[0].bounds: got 2 pairs; \"mu\" is one parameter."),
    ({"first": _SHAPE, "settings": "{name: g, factors: [4, 5], auxdata: [4, 6]}"},
     "f:24:82 measurements[0].config.parameters[0].auxdata: got 6, and 5 in `factors`: a poisson "
     "constraint has one number, the count that is observed and that is expected at one."),
    ({"first": _SHAPE, "settings": "{name: g, sigmas: [4, 5]}"},
     "f:24:64 measurements[0].config.parameters[0].sigmas: `sigmas` belongs to a gaussian "
     "constraint, this is poisson."),
    ({"first": _STAT, "settings": "{name: g, factors: [4, 5]}"},
     "f:24:65 measurements[0].config.parameters[0].factors: `factors` belongs to a poisson "
     "constraint, this is gaussian."),
    ({"settings": "{name: mu, factors: 4}"},
     "f:24:66 measurements[0].config.parameters[0].factors: `factors` belongs to a poisson "
     "constraint, and there is no constraint."),
    ({"first": "{type: lumi, name: lumi}"},
     f'f:9:32 {_S}.modifiers[1].name: the luminosity "lumi" must be declared with its mean and '
     "sigma, as {name: lumi, constraint: {type: gaussian, mean: 1, sigma: 0.02}}."),
    # Names that are not there.
    ({"poi": "nu"},
     'f:24:29 measurements[0].config.poi: unknown parameter "nu". Did you mean "mu"? Parameters: '
     "mu, k1, k2, k3."),
    ({"settings": "{name: nu, fixed: true}"},
     'f:24:53 measurements[0].config.parameters[0].name: unknown parameter "nu". Did you mean '
     '"mu"? Parameters: mu, k1, k2, k3.'),
    ({"first": _STAT, "poi": "g"},
     'f:24:29 measurements[0].config.poi: "g" has one parameter a bin; name one of them. '
     "Parameters: g[0], g[1]."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_wrong_workspace_gets_exactly_these_lines(case):
    parts, *lines = case
    assert _answer(_text(**parts)) == (lines, [])


def test_equal_names_of_channels_and_samples():
    text = _text().replace("name: B\n", "name: A\n").replace("- name: b\n", "- name: s\n", 1)
    problems, _ = _answer(text)
    assert problems[:2] == [
        f'f:10:15 {_B}.name: the sample "s" stands here again; first at {_S}.name (line 5). '
        "Rename one of them.",
        'f:14:11 channels[1].name: the channel "A" stands here again; first at channels[0].name '
        "(line 3). Rename one of them.",
    ]


def test_events_for_a_binned_channel_and_counts_for_an_unbinned_one():
    text = _text().replace("data: [1, 2]}", "events: {m: [1, 2]}}")
    assert _answer(text)[0] == [
        "f:21:15 observations[0].events: these are events, and the channel is binned; give `data`, "
        "its counts."
    ]
    unbinned = """  - name: C
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: p, yield: 1, density: {type: uniform}}]
observations:
  - {name: C, data: [1]}
"""
    assert _answer(_text().replace("observations:\n", unbinned))[0] == [
        "f:25:21 observations[0].data: these are counts, and the channel is unbinned; give `file` "
        "or `events`."
    ]
    assert _answer(_text().replace("data: [1, 2]}", "data: [1, 2], weight: w}"))[0] == [
        "f:21:5 observations[0]: `data` are the counts of a binned channel; leave out `weight`."
    ]


def test_a_pyhf_workspace_may_ask_for_what_a_patch_brings():
    head = 'version: "1.0.0"'
    parts = {"head": head, "poi": "nu", "settings": "{name: xi, fixed: true}"}
    text = _text(**parts).replace("name: B, data", "name: D, data")
    problems, warnings = _answer(text)
    assert problems == []
    assert warnings == [
        'f:22:12 observations[1].name: unknown channel "D". Channels: A, B. The observation is '
        "left out.",
        'f:24:29 measurements[0].config.poi: no channel has the parameter "nu"; there is no '
        'parameter of interest until a patch brings it. Did you mean "mu"?',
        'f:24:53 measurements[0].config.parameters[0].name: no channel has the parameter "xi"; the '
        "setting is left out.",
    ]
    both = _text(**{**parts, "head": f"{head}\n{_HEAD}"})
    assert len(_answer(both)[0]) == 2  # a document that says `statmodel` is complete


def test_a_misspelt_parameter_of_a_pyhf_workspace_is_told_the_nearest():
    parts = {"head": 'version: "1.0.0"', "poi": "mv", "settings": "{name: xi, fixed: true}"}
    warnings = _answer(_text(**parts))[1]
    assert warnings[0].endswith('until a patch brings it. Did you mean "mu"?')
    assert "Did you mean" not in warnings[1]


def test_a_parameter_that_a_measurement_only_sets_is_none():
    """One problem a place, and each says where it should be declared."""
    parts = {"head": _HEAD, "settings": "{name: kappa, init: 1}"}
    text = _text(**parts).replace("data: [5, 6]", 'data: [5, 6]\n        scale: "kappa"', 1)
    problems = _answer(text)[0]
    assert len(problems) == 2
    for one in problems:
        assert "sets it, which does not declare it: write it in `parameters`" in one
