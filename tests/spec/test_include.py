"""`include`: what comes along from other files, under which names, and who decides."""

import json
import math

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import (
    GaussianConstraint,
    IncludedFile,
    NoConstraint,
    RateResponse,
    ResolvedFunction,
    ResolvedSpec,
    assemble,
    load_spec,
    parse_formula,
    parse_spec,
    resolve,
)

MAIN = """\
statmodel: "1"
name: whole
parameters: [{parameters}]
functions: [{functions}]
channels:
  - name: SR
    type: unbinned
    observables: [{{name: m, min: 0, max: 1}}]
    processes:
      - name: s
        yield: 5
        density: {{type: uniform}}
        modifiers:
          - {{type: normfactor, name: mu}}
          - {{type: normsys, name: alpha, data: {{hi: 1.1, lo: 0.9}}}}
include: [{include}]
measurements: [{{name: m, config: {{poi: mu, parameters: [{settings}]}}}}]
"""
WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": name,
            "samples": [
                {
                    "name": "signal",
                    "data": [1.0, 2.0],
                    "modifiers": [
                        {"name": "mu", "type": "normfactor", "data": None},
                        {"name": "JES", "type": "normsys", "data": {"hi": 1.2, "lo": 0.8}},
                        {"name": f"stat_{name}", "type": "staterror", "data": [0.1, 0.2]},
                    ],
                }
            ],
        }
        for name in ("A", "B")
    ],
    "observations": [{"name": "A", "data": [3.0, 4.0]}, {"name": "B", "data": [5.0, 6.0]}],
    "measurements": [
        {
            "name": "first",
            "config": {
                "poi": "mu",
                "parameters": [
                    {"name": "mu", "bounds": [[0.0, 5.0]], "inits": [2.0]},
                    {"name": "JES", "auxdata": [0.0], "sigmas": [2.0]},
                ],
            },
        },
        {"name": "second", "config": {"poi": "mu", "parameters": []}},
    ],
}
OTHER = """\
statmodel: "1"
parameters:
  - {name: n, init: 4, bounds: [0, 9], constraint: {type: gaussian, mean: 4, sigma: 1}}
  - {name: k, init: 0}
  - {name: apart, init: 1}
functions:
  - {name: twice, expression: "2*n + `stat[1]`"}
  - {name: idle, expression: 3*apart}
interpolation: {normsys: code1, histosys: code2, densitysys: log_smooth}
constraints:
  - {name: pair, type: multivariate_gaussian, parameters: [k, apart], mean: [0, 1],
     covariance: [[4, 1], [1, 9]]}
channels:
  - name: C
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - name: p
        yield: twice
        scale: "1 + k"
        density: {type: ratio, column: r}
        modifiers:
          - {type: normsys, name: j, data: {hi: 1.1, lo: 0.9}}
          - {type: densitysys, name: j, data: {hi: {column: up}, lo: {column: down}}}
          - {type: densitysys, data: {terms: {"q*j": c1}}}
    simulation: {file: pool.csv}
  - name: D
    samples:
      - name: b
        data: [5, 6]
        modifiers:
          - {type: staterror, name: stat, data: [1, 1]}
          - {type: histosys, name: j, data: {hi_data: [6, 6], lo_data: [4, 6]}}
          - {type: histosys, name: i, data: {hi_data: [6, 6], lo_data: [4, 6]},
             interpolation: code0}
  - name: E
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    morphing:
      monomials: [n, 1]
      bases:
        - {name: zero, at: {n: 0}, yield: 1, density: {type: uniform}}
        - {name: one, at: {n: 1}, yield: 3, density: {type: uniform}}
observations:
  - {name: C, file: tables/observed.csv}
focus: [{name: f, density: {n: {type: gaussian, mean: 1, sigma: 1}}}]
measurements: [{name: m, config: {poi: n}}]
"""
_A = "sub/a.json"


@pytest.fixture
def files(tmp_path):
    """Writes the files of a case; an empty `main.yaml` has all its parts empty."""
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(WORKSPACE, indent=1), encoding="utf-8")
    (folder / "other.yaml").write_text(OTHER, encoding="utf-8")

    def write(**parts):
        file = tmp_path / "main.yaml"
        empty = dict.fromkeys(("parameters", "functions", "include", "settings"), "")
        file.write_text(MAIN.format(**{**empty, **parts}), encoding="utf-8")
        return file

    return write


def _resolved(file, **options) -> ResolvedSpec:
    resolved, problems, _ = resolve(load_spec(file, **options))
    assert [str(problem) for problem in problems] == []
    assert resolved is not None
    return resolved


def _problems(file, folder) -> list[str]:
    resolved, problems, _ = resolve(load_spec(file))
    assert (resolved is None) == bool(problems)
    return [str(problem).replace(f"{folder}/", "") for problem in problems]


def _parameters(resolved: ResolvedSpec) -> dict:
    found = {parameter.name: parameter for parameter in resolved.parameters}
    assert len(found) == len(resolved.parameters)
    return found


def test_channels_observations_and_settings_come_along_the_poi_does_not(files):
    resolved = _resolved(files(include=f"{{file: {_A}}}").with_name("main.yaml"))
    assert [channel.name for channel in resolved.channels] == ["SR"]
    assert [channel.name for channel in resolved.binned_channels] == ["A", "B"]
    assert resolved.counts == {"A": (3, 4), "B": (5, 6)}
    assert resolved.pois == ("mu",)
    parameters = _parameters(resolved)
    assert list(parameters) == [
        "mu", "alpha", "JES", "stat_A[0]", "stat_A[1]", "stat_B[0]", "stat_B[1]",
    ]  # fmt: skip
    assert (parameters["mu"].init, parameters["mu"].bounds) == (2, (0, 5))
    assert parameters["JES"].constraint == GaussianConstraint(mean=0, sigma=2)
    # By hand: uncertainty over content.
    assert parameters["stat_A[1]"].constraint == GaussianConstraint(mean=1, sigma=0.1)
    assert resolved.included == (IncludedFile(_A, "first", ("A", "B")),)


def test_one_measurement_and_some_channels(files):
    resolved = _resolved(files(include=f"{{file: {_A}, measurement: second, channels: [B]}}"))
    assert [channel.name for channel in resolved.binned_channels] == ["B"]
    assert resolved.counts == {"B": (5, 6)}
    parameters = _parameters(resolved)
    assert (parameters["mu"].init, parameters["mu"].bounds) == (1, (0, 10))
    assert parameters["JES"].constraint == GaussianConstraint(mean=0, sigma=1)
    assert "stat_A[0]" not in parameters


def test_a_spec_may_consist_of_included_files_alone(tmp_path, files):
    files()
    file = tmp_path / "only.yaml"
    file.write_text(f'statmodel: "1"\ninclude: [{{file: {_A}}}]\n', encoding="utf-8")
    resolved = _resolved(file)
    assert [channel.name for channel in resolved.binned_channels] == ["A", "B"]
    assert resolved.pois == ()


def test_a_shared_name_is_one_parameter(files):
    rename = "rename: {modifiers: {JES: alpha}}"
    resolved = _resolved(files(include=f"{{file: {_A}, {rename}}}"))
    parameters = _parameters(resolved)
    assert "JES" not in parameters
    # What the file says goes before what the modifier here implies.
    assert parameters["alpha"].constraint == GaussianConstraint(mean=0, sigma=2)
    (sample,) = resolved.binned_channels[0].samples
    assert sample.normsys == (RateResponse("alpha", 1.2, 0.8, "code4"),)
    assert resolved.channels[0].processes[0].normsys[0].name == "alpha"


@pytest.mark.parametrize(
    ("parameters", "settings", "expected"),
    [
        ("", "", (2, (0, 5))),
        ("{name: mu, init: 3}", "", (3, (0, 5))),
        ("{name: mu, bounds: [0, 4]}", "", (2, (0, 4))),
        ("{name: mu, init: 3}", "{name: mu, inits: [1.5]}", (1.5, (0, 5))),
    ],
)
def test_settings_of_the_file_go_behind_all_others(files, parameters, settings, expected):
    file = files(include=f"{{file: {_A}}}", parameters=parameters, settings=settings)
    mu = _parameters(_resolved(file))["mu"]
    assert (mu.init, mu.bounds) == expected


def test_auxiliary_data_are_overridden_key_by_key(files):
    file = files(include=f"{{file: {_A}}}", parameters="{name: JES, auxdata: 0.5}")
    assert _parameters(_resolved(file))["JES"].constraint == GaussianConstraint(mean=0.5, sigma=2)


def test_new_names_of_channels_samples_and_parameters_of_bins(files):
    rename = "{channels: {A: SR1}, samples: {signal: ggH}, modifiers: {stat_A: s}}"
    file = files(include=f"{{file: {_A}, channels: [A], rename: {rename}}}",
                 settings="{name: s, inits: [1.1, 1.2]}")  # fmt: skip
    resolved = _resolved(file)
    (channel,) = resolved.binned_channels
    assert (channel.name, channel.samples[0].name) == ("SR1", "ggH")
    assert channel.samples[0].staterrors[0].parameters == ("s[0]", "s[1]")
    assert resolved.counts == {"SR1": (3, 4)}
    assert _parameters(resolved)["s[1]"].init == 1.2


def test_names_that_change_places(files):
    resolved = _resolved(files(include=f"{{file: {_A}, rename: {{channels: {{A: B, B: A}}}}}}"))
    assert resolved.counts == {"B": (3, 4), "A": (5, 6)}
    assert resolved.binned_channels[0].samples[0].staterrors[0].name == "stat_A"


def test_a_renamed_modifier_may_be_a_function_here(files):
    file = files(include=f"{{file: {_A}, rename: {{modifiers: {{mu: mu_on}}}}}}",
                 functions='{name: mu_on, expression: "mu**2"}')  # fmt: skip
    resolved = _resolved(file)
    assert resolved.binned_channels[0].samples[0].normfactors == ("mu_on",)
    assert resolved.functions == (ResolvedFunction("mu_on", parse_formula("mu**2")),)
    mu = _parameters(resolved)["mu"]
    assert (mu.init, mu.bounds) == (1, (0, 10))  # the file's settings were of another `mu`
    assert "mu_on" not in _parameters(resolved)


def test_formulas_functions_and_constraints_come_along_under_new_names(files):
    rename = "{modifiers: {n: n_C, k: kappa, twice: double, stat: gamma, j: alpha, q: q2}}"
    resolved = _resolved(files(include=f"{{file: sub/other.yaml, rename: {rename}}}"))
    assert resolved.functions == (ResolvedFunction("double", parse_formula("2*n_C + `gamma[1]`")),)
    process = resolved.channels[1].processes[0]
    assert process.yield_ == parse_formula("double")
    assert process.scale == parse_formula("1 + kappa")
    assert process.terms[0].parameters == ("q2", "alpha")
    assert resolved.binned_channels[0].samples[0].staterrors[0].name == "gamma"
    parameters = _parameters(resolved)
    assert parameters["n_C"].constraint == GaussianConstraint(mean=4, sigma=1)
    # Nothing here reads `apart`: the others are constrained by their own rows and columns.
    (joint,) = resolved.joint_constraints
    assert (joint.name, joint.parameters, joint.mean) == ("pair", ("kappa",), (0,))
    assert joint.covariance == ((4,),)
    assert "apart" not in parameters
    assert resolved.focus == ()


def test_points_of_a_morphing_have_new_names(files):
    rename = "{modifiers: {n: c}, samples: {zero: at_0}}"
    resolved = _resolved(
        files(include=f"{{file: sub/other.yaml, channels: [E], rename: {rename}}}")
    )
    names = [process.name for process in resolved.channels[1].processes]
    assert names == ["at_0", "one"]
    assert resolved.channels[1].morphing_condition is not None
    assert _parameters(resolved)["c"].init == 4


def test_what_the_file_decides_for_all_its_modifiers(files):
    resolved = _resolved(files(include="{file: sub/other.yaml}"))
    process = resolved.channels[1].processes[0]
    assert process.normsys[0].interpolation == "code1"
    assert process.densitysys[0].interpolation == "log_smooth"
    codes = [one.interpolation for one in resolved.binned_channels[0].samples[0].histosys]
    assert codes == ["code2", "code0"]
    assert resolved.channels[0].processes[0].normsys[0].interpolation == "code4"


def test_data_files_are_relative_to_the_included_file(files):
    resolved = _resolved(files(include="{file: sub/other.yaml}"))
    assert resolved.observations["C"].file == "sub/tables/observed.csv"
    assert resolved.channels[1].simulation is not None
    assert resolved.channels[1].simulation.file == "sub/pool.csv"


def test_data_files_stay_in_the_folder_of_the_including_spec(tmp_path, files):
    file = files(include="{file: sub/other.yaml}")
    inner = tmp_path / "sub" / "other.yaml"
    inner.write_text(OTHER.replace("tables/observed.csv", "../x.csv"), encoding="utf-8")
    assert _resolved(file).observations["C"].file == "sub/../x.csv"
    inner.write_text(OTHER.replace("tables/observed.csv", "../../x.csv"), encoding="utf-8")
    assert _problems(file, tmp_path) == [
        "sub/other.yaml:45:21 observations[0].file: the path leaves the folder of the spec; give "
        "`root` to allow that."
    ]


def test_files_outside_need_a_root(tmp_path, files):
    file = files(include="{file: ../a.json}")
    inside = tmp_path / "sub" / "main.yaml"
    file.rename(inside)
    (tmp_path / "sub" / "a.json").rename(tmp_path / "a.json")
    assert _problems(inside, tmp_path) == [
        "sub/main.yaml:16:18 include[0].file: the path leaves the folder of the spec; give `root` "
        "to allow that."
    ]
    assert _resolved(inside, root=tmp_path).counts["A"] == (3, 4)
    (tmp_path / "sub" / "link.json").symlink_to(tmp_path / "a.json")
    inside.write_text(inside.read_text("utf-8").replace("../a.json", "link.json"), "utf-8")
    assert _problems(inside, tmp_path) == [
        "sub/main.yaml:16:18 include[0].file: the link leads out of the folder of the spec; give "
        "`root`."
    ]


def test_an_included_file_may_include_others(tmp_path, files):
    file = files(include="{file: sub/middle.yaml, channels: [A2, M], rename: {channels: {A2: A3}, "
                 "modifiers: {jes: JES}}}")  # fmt: skip
    middle = """\
statmodel: "1"
parameters: [{name: JES, auxdata: 0.25}, {name: mu, bounds: [-1, 5]}]
include: [{file: a.json, rename: {channels: {A: A2}}}]
channels:
  - name: M
    samples: [{name: s, data: [1], modifiers: [{type: normfactor, name: mu}]}]
measurements: [{name: m, config: {poi: mu, parameters: [{name: mu, inits: [0.5]}]}}]
"""
    (tmp_path / "sub" / "middle.yaml").write_text(middle, encoding="utf-8")
    file.write_text(file.read_text("utf-8").replace(", modifiers: {jes: JES}", ""), "utf-8")
    resolved = _resolved(file)
    assert [channel.name for channel in resolved.binned_channels] == ["M", "A3"]
    assert resolved.counts == {"A3": (3, 4)}
    parameters = _parameters(resolved)
    # The outer file goes before the inner one, its measurement before its declarations.
    assert parameters["JES"].constraint == GaussianConstraint(mean=0.25, sigma=2)
    assert (parameters["mu"].init, parameters["mu"].bounds) == (0.5, (-1, 5))
    assert resolved.included == (
        IncludedFile("sub/middle.yaml", "m", ("M", "A3")),
        IncludedFile("sub/a.json", "first", ("A3",)),
    )


def test_files_that_include_each_other(tmp_path, files):
    file = files(include="{file: sub/one.yaml}")
    for name, other in (("one", "two.yaml"), ("two", "../main.yaml")):
        text = f'statmodel: "1"\ninclude: [{{file: {other}}}]\n'
        (tmp_path / "sub" / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert _problems(file, tmp_path) == [
        "sub/two.yaml:2:18 include[0].file: the files include each other: main.yaml -> one.yaml "
        "-> two.yaml -> main.yaml."
    ]


def test_one_file_may_come_twice_under_different_names(files):
    second = "rename: {channels: {A: A2}, modifiers: {stat_A: stat_A2, mu: mu2}}"
    file = files(include=f"{{file: {_A}, channels: [A]}}, {{file: {_A}, channels: [A], {second}}}")
    resolved = _resolved(file)
    assert [channel.name for channel in resolved.binned_channels] == ["A", "A2"]
    assert _parameters(resolved)["JES"].constraint == GaussianConstraint(mean=0, sigma=2)


def test_too_many_files(tmp_path, files):
    file = files(include=", ".join(f"{{file: sub/{i}.yaml}}" for i in range(2)))
    for i in range(2):
        inner = ", ".join(f"{{file: a.json, channels: [A], rename: {{channels: {{A: A{j}}}}}}}"
                          for j in range(200))  # fmt: skip
        (tmp_path / "sub" / f"{i}.yaml").write_text(
            f'statmodel: "1"\ninclude: [{inner}]\n', encoding="utf-8"
        )
    (problem,) = _problems(file, tmp_path)
    assert problem.startswith("sub/1.yaml:2:")
    assert problem.endswith("more than 256 files are included in all.")


def test_functions_and_constraints_that_say_the_same_are_one(tmp_path, files):
    text = OTHER.replace("[k, apart]", "[k, n]").replace(
        ", constraint: {type: gaussian, mean: 4, sigma: 1}}", "}"
    )
    (tmp_path / "sub" / "other.yaml").write_text(text, encoding="utf-8")
    again = "{file: sub/other.yaml, channels: [C], rename: {channels: {C: C2}}}"
    file = files(include=f"{{file: sub/other.yaml}}, {again}")
    resolved = _resolved(file)
    assert [function.name for function in resolved.functions] == ["twice"]
    (joint,) = resolved.joint_constraints
    assert joint.parameters == ("k", "n")
    assert isinstance(_parameters(resolved)["n"].constraint, NoConstraint)


def test_the_document_keeps_its_include_as_written(files):
    spec = load_spec(files(include=f"{{file: {_A}, rename: {{samples: {{signal: s}}}}}}"))
    assert parse_spec(spec.to_yaml()) == spec
    assert json.loads(spec.to_json())["include"] == [
        {"file": _A, "rename": {"samples": {"signal": "s"}}}
    ]
    whole = assemble(spec)
    assert [channel.name for channel in whole.channels] == ["SR", "A", "B"]
    assert assemble(whole) is whole
    # What makes the model: the document, and the included one, each as it was written.
    assert [json.loads(text) for text in whole.contents()] == [
        json.loads(spec.to_json()),
        WORKSPACE,
    ]


def test_an_included_file_may_read_what_the_including_one_declares(tmp_path, files):
    text = """\
statmodel: "1"
channels:
  - name: P
    samples: [{name: s, data: [1], scale: "2*total"}]
"""
    (tmp_path / "sub" / "part.yaml").write_text(text, encoding="utf-8")
    include = "{file: sub/part.yaml}"
    resolved = _resolved(files(include=include, parameters="{name: total, init: 3}"))
    assert resolved.binned_channels[0].samples[0].scale == parse_formula("2*total")
    assert _problems(files(include=include), tmp_path) == [
        'sub/part.yaml:4:46 channels[0].samples[0].scale: unknown name "total". Declared: mu, '
        "alpha."
    ]


def test_an_error_in_a_renamed_formula_points_into_the_file(tmp_path, files):
    text = OTHER.replace('"1 + k"', '"1 + k + oops"')
    (tmp_path / "sub" / "other.yaml").write_text(text, encoding="utf-8")
    include = "{file: sub/other.yaml, rename: {modifiers: {k: a_much_longer_name}}}"
    (problem,) = _problems(files(include=include), tmp_path)
    line, column = problem.split(" ")[0].split(":")[1:]
    assert text.splitlines()[int(line) - 1][int(column) - 1 :].startswith("oops")
    assert 'unknown name "oops"' in problem


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "", ".", "..", "/", "//x", "C:/x", "loop"])
def test_no_file_name_breaks_the_reader(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    file = tmp_path / "main.json"
    file.write_text(json.dumps({"statmodel": "1", "include": [{"file": name}]}), encoding="utf-8")
    for root in (None, tmp_path, "/"):
        try:
            problems = resolve(load_spec(file, root=root))[1]
        except SpecErrors as errors:
            problems = errors.problems
        assert [problem.path for problem in problems] == ["include[0].file"]


def test_a_document_in_memory_includes_from_where_the_program_runs(files, tmp_path, monkeypatch):
    file = files(include=f"{{file: {_A}}}")
    monkeypatch.chdir(tmp_path)
    resolved, problems, _ = resolve(parse_spec(file.read_text("utf-8")))
    assert problems == ()
    assert resolved is not None
    assert len(resolved.binned_channels) == 2


# --- Problems ---

_TWO = "{file: sub/a.json, channels: [A]}, {file: sub/b.json, channels: [B]}"


def _second(tmp_path, **settings):
    """A second workspace, with other settings."""
    inner = json.loads(json.dumps(WORKSPACE))
    said = {one["name"]: one for one in inner["measurements"][0]["config"]["parameters"]}
    for name, keys in settings.items():
        said[name].update(keys)
    (tmp_path / "sub" / "b.json").write_text(json.dumps(inner, indent=1), encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "cure", "words"),
    [
        ({"JES": {"sigmas": [3.0]}}, "{name: JES, constraint: {type: gaussian}}",
         "the constraint gaussian (mean: 0.0, sigma: 3.0) here, and the constraint gaussian (mean: "
         "0.0, sigma: 2.0) at"),
        ({"mu": {"bounds": [[0.0, 7.0]]}}, "{name: mu, bounds: [0, 6]}",
         "the bounds [0.0, 7.0] here, and the bounds [0.0, 5.0] at"),
        ({"mu": {"inits": [1.0]}}, "{name: mu, init: 1}",
         "the initial value 1.0 here, and the initial value 2.0 at"),
        ({"mu": {"fixed": True}}, "{name: mu, fixed: true}",
         "`fixed: true` here, and `fixed: false` at"),
    ],
)  # fmt: skip
def test_two_files_that_disagree_are_decided_here(tmp_path, files, settings, cure, words):
    _second(tmp_path, **settings)
    (problem,) = _problems(files(include=_TWO), tmp_path)
    (name,) = settings
    assert f'"{name}" has {words}' in problem
    assert problem.startswith("sub/b.json:")
    assert "(sub/a.json:" in problem
    for part in ({"parameters": cure}, {"settings": cure}):
        parameter = _parameters(_resolved(files(include=_TWO, **part)))[name]
        assert math.isfinite(parameter.init)


def test_both_places_of_a_disagreement_are_those_of_the_settings(tmp_path, files):
    _second(tmp_path, JES={"sigmas": [3.0]})
    (problem,) = _problems(files(include=_TWO), tmp_path)
    text = {name: (tmp_path / "sub" / name).read_text("utf-8").splitlines()
            for name in ("a.json", "b.json")}  # fmt: skip
    where = problem.split(" ")[0].split(":")
    assert text["b.json"][int(where[1]) - 1][int(where[2]) - 1 :] == "["
    assert '"sigmas": [' in text["b.json"][int(where[1]) - 1]
    there = problem.split("(sub/a.json:")[1].split(")")[0].split(":")
    assert '"sigmas": [' in text["a.json"][int(there[0]) - 1]


def test_a_file_that_says_nothing_stands_by_what_its_modifiers_imply(tmp_path, files):
    second = "{file: sub/a.json, measurement: second, channels: [B]}"
    problems = _problems(files(include=f"{{file: sub/a.json, channels: [A]}}, {second}"), tmp_path)
    found = [problem.split("has ")[1].split(" at ")[0] for problem in problems]
    assert found == [
        "the initial value 1.0 here, and the initial value 2.0",
        "the bounds [0.0, 10.0] here, and the bounds [0.0, 5.0]",
        "the constraint gaussian (mean: 0.0, sigma: 1.0) here, and the constraint gaussian (mean: "
        "0.0, sigma: 2.0)",
    ]


def test_the_including_document_does_not_disagree_with_itself(files):
    # Its modifiers imply a unit gaussian for `alpha`; the file says two.
    file = files(include=f"{{file: {_A}, rename: {{modifiers: {{JES: alpha}}}}}}")
    assert _parameters(_resolved(file))["alpha"].constraint == GaussianConstraint(sigma=2)


CASES = [
    ("{file: sub/a.jsn}",
     'main.yaml:16:18 include[0].file: there is no file "sub/a.jsn". Did you mean "a.json"?'),
    ("{file: sub}", 'main.yaml:16:18 include[0].file: "sub" is a folder; expected a file.'),
    ("{file: sub/a.json, measurement: frist}",
     'main.yaml:16:43 include[0].measurement: "sub/a.json" has no measurement "frist". Did you '
     'mean "first"? Measurements: first, second.'),
    ("{file: sub/a.json, channels: [A, a, A]}",
     'main.yaml:16:44 include[0].channels[1]: "sub/a.json" has no channel "a". Did you mean "A"? '
     "Channels: A, B.",
     'main.yaml:16:47 include[0].channels[2]: the channel "A" stands here again; first at '
     "include[0].channels[0] (line 16). Rename one of them."),
    ("{file: sub/a.json, channels: [A], rename: {channels: {B: C, X: Y}, samples: {sgnal: s}, "
     "modifiers: {JER: jer}}}",
     'main.yaml:16:65 include[0].rename.channels.B: the channel "B" is not among `channels`. Add '
     "it there, or do not rename it.",
     'main.yaml:16:71 include[0].rename.channels.X: "sub/a.json" has no channel "X". Names: A, B.',
     'main.yaml:16:88 include[0].rename.samples.sgnal: "sub/a.json" has no sample or process '
     '"sgnal". Did you mean "signal"? Names: signal.',
     'main.yaml:16:111 include[0].rename.modifiers.JER: "sub/a.json" has no parameter, function or '
     'constraint "JER". Did you mean "JES"? Names: stat_A, stat_B, mu, JES, stat_A[0], stat_A[1], '
     "stat_B[0], stat_B[1]."),
    ("{file: sub/a.json, rename: {modifiers: {mu: JES}}}",
     'main.yaml:16:55 include[0].rename.modifiers.mu: "JES" and "mu" of the file would both be '
     '"JES"; different names stay different. Rename one of them otherwise.'),
    ("{file: sub/a.json, renam: {}}",
     'main.yaml:16:30 include[0].renam: unknown key "renam". Did you mean "rename"? Keys: file, '
     "measurement, channels, rename."),
    ("{file: sub/a.json, rename: {parameters: {}}}",
     'main.yaml:16:39 include[0].rename.parameters: unknown key "parameters". Keys: channels, '
     "samples, modifiers."),
    ("{file: sub/a.json, channels: []}",
     "main.yaml:16:40 include[0].channels: got 0 items, expected 1 or more."),
    ("{file: sub/a.json, rename: {channels: {A: SR}}}",
     'sub/a.json:5:12 channels[0].name: the channel "SR" stands here again; first at '
     "channels[0].name (main.yaml:6:11). Rename one of them with `rename` of its `include`."),
    ("{file: sub/a.json, channels: [A]}, {file: sub/a.json, channels: [A]}",
     'sub/a.json:5:12 channels[0].name: the channel "A" stands here again; first at '
     "channels[0].name (sub/a.json:5:12). Rename one of them with `rename` of its `include`.",
     'sub/a.json:28:16 channels[0].samples[0].modifiers[2].name: the staterror "stat_A" stands in '
     "another channel already, at channels[0].samples[0].modifiers[2].name (sub/a.json:28:16); "
     "bins of two channels have no statistical error in common. Rename one of them."),
    ("{file: sub/a.json, channels: [A], rename: {modifiers: {mu: alpha}}}",
     'sub/a.json:15:16 channels[0].samples[0].modifiers[0].name: "alpha" is the parameter of a '
     "normfactor here and of a normsys at channels[0].processes[0].modifiers[1].name "
     "(main.yaml:15:35); one name has one meaning. Rename one of them."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_wrong_include_gets_exactly_these_lines(tmp_path, files, monkeypatch, case):
    include, *lines = case
    files(include=include)
    monkeypatch.chdir(tmp_path)
    try:
        found = _problems("main.yaml", tmp_path)
    except SpecErrors as errors:
        found = [str(problem) for problem in errors.problems]
    assert found == lines
