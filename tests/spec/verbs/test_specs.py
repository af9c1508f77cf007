"""The verbs on specs that pyhf cannot say: names go into formulas, and what is used cannot go."""

from pathlib import Path

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import (
    Spec,
    combine,
    digest,
    document_text,
    load_spec,
    parse_spec,
    plain_document,
    prune,
    rebase,
    rename,
    resolve,
    sort,
)

_SPEC = """
statmodel: "1"
name: mixed
parameters:
  - {name: mu, init: 1, bounds: [0, 10]}
  - {name: m_h, init: 125, fixed: true}
  - {name: beta, init: 0, bounds: [-1, 1]}
  - {name: "stat_CR[0]", init: 1.1}
functions:
  - {name: root, expression: "sqrt( mu )  # no".replace}
constraints:
  - {name: joint, type: multivariate_gaussian, parameters: [m_h, beta], mean: [125, 0],
     covariance: [[1, 0], [0, 1]]}
channels:
  - name: SR
    type: unbinned
    observables: [{name: m, min: 100, max: 180}]
    processes:
      - name: S
        yield: 40
        scale: "root*`stat_CR[0]` + 0*alpha"
        density: {type: formula, expression: "exp(-(m - m_h)**2/8) + 0*beta"}
        modifiers: [{type: normfactor, name: root}]
      - {name: B, yield: 100, density: {type: uniform},
         modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]}
  - name: CR
    samples:
      - {name: B, data: [10, 20], modifiers: [
          {type: staterror, name: stat_CR, data: [1, 2]},
          {type: normsys, name: alpha, data: {hi: 1.2, lo: 0.8}},
          {type: scalefactor, data: {formula: "1 + 0.1*beta"}}]}
observations:
  - {name: SR, file: sr.csv}
  - {name: CR, data: [12, 19]}
focus:
  - {name: wide, density: {mu: {type: gaussian, mean: 1, sigma: 1}}}
measurements:
  - {name: main, config: {pois: [mu, beta], parameters: [{name: mu, init: 2},
      {name: alpha, fixed: true}]}}
  - {name: other, config: {poi: mu}}
""".replace('"sqrt( mu )  # no".replace', '"sqrt( mu )"')


@pytest.fixture
def spec() -> Spec:
    found = parse_spec(_SPEC, name="mixed.yaml")
    assert resolve(found)[1] == ()
    return found


def _messages(error: pytest.ExceptionInfo[SpecErrors]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_a_new_name_goes_wherever_the_parameter_is_read(spec):
    new = rename(spec, modifiers={"mu": "mu off", "beta": "b", "alpha": "JES", "stat_CR": "gamma"})
    text = document_text(new, format="yaml")
    assert resolve(new)[1] == ()
    found = plain_document(new)
    assert found["functions"] == [{"name": "root", "expression": "sqrt( `mu off` )"}]
    process = found["channels"][0]["processes"][0]
    assert process["scale"] == "root*`gamma[0]` + 0*JES"
    assert process["density"]["expression"] == "exp(-(m - m_h)**2/8) + 0*b"
    assert found["parameters"][3]["name"] == "gamma[0]"
    assert found["constraints"][0]["parameters"] == ["m_h", "b"]
    assert list(found["focus"][0]["density"]) == ["mu off"]
    assert found["measurements"][0]["config"]["pois"] == ["mu off", "b"]
    assert found["measurements"][0]["config"]["parameters"][0]["name"] == "mu off"
    assert found["channels"][1]["samples"][0]["modifiers"][2]["data"] == {"formula": "1 + 0.1*b"}
    assert parse_spec(text) == new
    back = {"mu off": "mu", "b": "beta", "JES": "alpha", "gamma": "stat_CR"}
    assert rename(new, modifiers=back) == spec


def test_a_renamed_model_has_the_old_numbers(spec):
    new, _, _ = resolve(rename(spec, modifiers={"mu": "x", "m_h": "y"}, channels={"SR": "T"}))
    old, _, _ = resolve(spec)
    assert new is not None
    assert old is not None
    assert [(p.init, p.bounds, p.constraint) for p in new.parameters] == [
        (p.init, p.bounds, p.constraint) for p in old.parameters
    ]
    assert new.observations["T"].file == "sr.csv"


def test_names_may_be_swapped(spec):
    new = plain_document(rename(spec, modifiers={"mu": "beta", "beta": "mu"}))
    assert new["measurements"][0]["config"]["pois"] == ["beta", "mu"]
    assert new["functions"][0]["expression"] == "sqrt( beta )"


def test_names_that_meet_on_many_samples_are_told_once():
    kind = "type: normsys, data: {hi: 1.1, lo: 0.9}"
    both = ", ".join(f"{{name: {name}, {kind}}}" for name in "ab")
    samples = [f"{{name: s{i}, data: [1], modifiers: [{both}]}}" for i in range(25)]
    other = "{name: t, data: [1], modifiers: [{type: normfactor, name: b}]}"
    text = f"""
statmodel: "1"
channels: [{{name: SR, samples: [{", ".join(samples)}, {other}]}}]
"""
    met = parse_spec(text, name="met.yaml")
    with pytest.raises(SpecErrors) as error:
        rename(met, modifiers={"a": "b"})
    assert _messages(error) == [
        'met.yaml:3:33 25 samples have a normsys "a" and a normsys "b", and both would be "b": '
        "channels[0].samples[0], channels[0].samples[1], channels[0].samples[2] and 22 more. "
        "Remove one of them there first."
    ]
    swapped = rename(met, modifiers={"a": "b", "b": "a"})
    assert [one.name for one in swapped.channels[0].samples[0].modifiers] == ["b", "a"]


def test_an_observable_keeps_its_name(spec):
    with pytest.raises(SpecErrors) as error:
        rename(spec, modifiers={"m": "mass"})
    assert 'there is no modifier "m"' in _messages(error)[0]
    with pytest.raises(SpecErrors, match="Rename the observable"):
        rename(spec, modifiers={"beta": "m"})


def test_a_function_is_renamed_with_the_normfactor_that_it_names(spec):
    new = plain_document(rename(spec, modifiers={"root": "r"}))
    assert new["functions"][0]["name"] == "r"
    assert new["channels"][0]["processes"][0]["scale"] == "r*`stat_CR[0]` + 0*alpha"
    assert new["channels"][0]["processes"][0]["modifiers"][0]["name"] == "r"


def test_monomials_of_terms_are_renamed_and_pruned():
    text = """
statmodel: "1"
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    normalization: analytic
    processes:
      - {name: S, yield: 4, density: {type: ratio, column: r}, modifiers: [
          {type: densitysys, data: {terms: {a: c1, "a**2": c2, "a*b": c3, b: c4}}}]}
"""
    new = plain_document(rename(parse_spec(text), modifiers={"a": "alpha"}))
    data = new["channels"][0]["processes"][0]["modifiers"][0]["data"]
    assert data == {"terms": {"alpha": "c1", "alpha**2": "c2", "alpha*b": "c3", "b": "c4"}}
    left = plain_document(prune(parse_spec(text), modifiers=["a"]))
    assert left["channels"][0]["processes"][0]["modifiers"][0]["data"] == {"terms": {"b": "c4"}}


def test_unknown_names_are_all_told_with_the_nearest(spec):
    with pytest.raises(SpecErrors) as error:
        prune(
            spec, channels=["SRR"], samples=["Q"], modifiers=["alpah"], modifier_types=["normsis"]
        )
    assert _messages(error) == [
        'mixed.yaml there is no channel "SRR". Did you mean "SR"? Channels: SR, CR.',
        'mixed.yaml there is no sample "Q". Samples: S, B.',
        'mixed.yaml there is no modifier "alpah". Did you mean "alpha"? Modifiers: root, alpha, '
        "stat_CR, mu, m_h, beta, stat_CR[0].",
        'mixed.yaml there is no modifier type "normsis". Did you mean "normsys"? Modifier types: '
        "normfactor, normsys, staterror, scalefactor.",
    ]


def test_what_a_formula_reads_cannot_be_pruned_and_the_places_are_told(spec):
    with pytest.raises(SpecErrors) as error:
        prune(spec, modifiers=["mu", "stat_CR"])
    lines = _SPEC.splitlines()
    row = next(i for i, line in enumerate(lines, start=1) if "name: root" in line)
    column = lines[row - 1].index("mu") + 1
    cure = "is used here, and would be no more. Change this first."
    assert _messages(error)[0] == (
        f'mixed.yaml:{row}:{column} functions[0].expression: "mu" {cure}'
    )
    assert [problem.path for problem in error.value.problems] == [
        "functions[0].expression",
        "channels[0].processes[0].scale",
        "focus[0].density.mu",
        "measurements[0].config.pois[0]",
        "measurements[1].config.poi",
    ]


def test_a_parameter_that_goes_with_its_modifiers_is_missed_where_it_is_read(spec):
    with pytest.raises(SpecErrors) as error:
        prune(spec, modifier_types=["normsys"])
    assert [problem.path for problem in error.value.problems] == ["channels[0].processes[0].scale"]


def test_pruning_takes_observations_and_settings_along():
    text = _SPEC.replace("*`stat_CR[0]` + 0*alpha", "")
    spec = parse_spec(text.replace('  - {name: "stat_CR[0]", init: 1.1}\n', ""))
    left = prune(spec, channels=["CR"])
    assert resolve(left)[1] == ()
    assert [one.name for one in left.observations] == ["SR"]
    left = prune(left, modifiers=["alpha"], measurements=["other"])
    assert [one.name for one in left.measurements[0].config.parameters] == ["mu"]
    assert left.functions == spec.functions


def test_a_channel_without_which_data_say_nothing_of_the_parameter_of_interest(spec):
    with pytest.raises(SpecErrors) as error:
        prune(spec, channels=["SR"])
    assert _messages(error)[0] == (
        'after prune: measurements[0].config.pois[0]: no channel reads the parameter "mu"; data '
        "say nothing of it."
    )


def test_sort_sorts_everything_that_has_a_name(spec):
    done = sort(spec)
    assert [one.name for one in done.parameters] == ["beta", "m_h", "mu", "stat_CR[0]"]
    assert [one.name for one in done.channels] == ["CR", "SR"]
    assert [one.name for one in done.channels[1].processes] == ["B", "S"]
    assert done.measurements[0].config.pois == ("mu", "beta")
    assert sort(done) == done
    assert digest(sort(done)) == digest(done)


def test_a_changed_copy_has_a_digest_of_its_own(spec):
    changed = spec.model_copy(update={"name": "other"})
    assert digest(changed) != digest(spec)
    assert plain_document(changed)["name"] == "other"


_OTHER = """
statmodel: "1"
{more}
channels:
  - name: VR
    samples:
      - {{name: B, data: [5, 6], modifiers: [
          {{type: normsys, name: alpha, data: {{hi: 1.3, lo: 0.7}}}}]}}
observations: [{{name: VR, data: [4, 7]}}]
"""


def _other(more: str = "") -> Spec:
    return parse_spec(_OTHER.format(more=more))


def test_a_pyhf_workspace_joins_a_spec(spec):
    plain = parse_spec(
        '{"version": "1.0.0", "channels": [{"name": "VR", "samples": [{"name": "B", "data": [5],'
        ' "modifiers": [{"name": "alpha", "type": "normsys", "data": {"hi": 1.3, "lo": 0.7}}]}]}],'
        ' "observations": [{"name": "VR", "data": [4]}], "measurements": []}',
        format="json",
    )
    for both in (combine(spec, plain), combine(plain, spec)):
        resolved, problems, _ = resolve(both)
        assert problems == ()
        assert resolved is not None
        assert {one.name for one in resolved.binned_channels} == {"CR", "VR"}
        assert both.statmodel == "1"


def test_modifiers_keep_the_interpolation_of_their_document(spec):
    both = combine(spec, _other("interpolation: {normsys: code1}"))
    codes = {
        channel.name: [getattr(one, "interpolation", None) for one in sample.modifiers]
        for channel in both.channels
        for sample in getattr(channel, "samples", ())
    }
    assert codes == {"CR": [None, None, None], "VR": ["code1"]}
    back = combine(spec, _other("interpolation: {normsys: code1}"), join="right outer")
    assert back.interpolation.normsys == "code1"
    assert {one.interpolation for one in back.channels[0].samples[0].modifiers} == {None}
    resolved, _, _ = resolve(back)
    assert resolved is not None
    sample = resolved.binned_channels[-1].samples[0]
    assert [one.interpolation for one in sample.normsys] == ["code4"]


def test_a_parameter_with_two_meanings_is_an_error_unless_a_side_is_chosen(spec):
    other = _other("parameters: [{name: alpha, constraint: {type: gaussian, mean: 0, sigma: 2}}]")
    for join in ("none", "outer"):
        with pytest.raises(SpecErrors) as error:
            combine(spec, other, join=join)
        (message,) = _messages(error)
        assert message.startswith('the parameter "alpha" means two things: fixed True on the left')
        assert "sigma=1.0 on the left" in message
        assert "sigma=2.0 on the right" in message
    left = combine(spec, other, join="left outer")
    assert "alpha" not in {one.name for one in left.parameters}
    right = combine(spec, other, join="right outer")
    resolved, _, _ = resolve(right, measurement="main")
    assert resolved is not None
    (alpha,) = [one for one in resolved.parameters if one.name == "alpha"]
    assert alpha.constraint.sigma == 2


def test_declarations_that_differ_are_told_by_name(spec):
    with pytest.raises(SpecErrors) as error:
        combine(spec, _other("parameters: [{name: mu, init: 3}]"))
    assert 'the parameter "mu" stands on both sides, and differs.' in _messages(error)[0]


def test_equal_declarations_are_one(spec):
    both = combine(spec, _other("parameters: [{name: beta, init: 0, bounds: [-1, 1]}]"))
    assert [one.name for one in both.parameters].count("beta") == 1


def test_paths_of_files_follow_the_document(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        text = _SPEC.replace("name: SR", f"name: SR{name}").replace("name: CR", f"name: CR{name}")
        text = text.replace("stat_CR", f"stat_{name}").replace("main", f"main{name}")
        (tmp_path / name / "spec.yaml").write_text(text.replace("other", f"other{name}"))
    left, right = (load_spec(tmp_path / name / "spec.yaml") for name in ("a", "b"))
    both = combine(left, right, join="outer")
    files = {one.name: one.file for one in both.observations if one.file}
    assert files == {"SRa": "sr.csv", "SRb": "../b/sr.csv"}
    moved = rebase(both, tmp_path)
    assert {o.file for o in moved.observations if o.file} == {"a/sr.csv", "b/sr.csv"}
    assert moved.origin.folder == tmp_path
    assert rebase(left, tmp_path / "a") is left
