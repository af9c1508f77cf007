"""The grammar of formulas, against Python's own precedence and against trees built by hand."""

import math
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statmodel.spec import (
    Binary,
    Call,
    Compare,
    Formula,
    FormulaError,
    Name,
    Negate,
    Number,
    children,
    evaluate,
    names,
    parse_formula,
    roots,
    to_text,
    walk,
)

X = Name("x")
VALUES = {"x": 0.7, "y": -1.3, "staterror_SR[0]": 2.0}

TREES = [
    ("1 - x", Binary("-", Number(1), X)),
    ("1 - 2 - 3", Binary("-", Binary("-", Number(1), Number(2)), Number(3))),
    ("8 / 4 / 2", Binary("/", Binary("/", Number(8), Number(4)), Number(2))),
    ("2**3**2", Binary("**", Number(2), Binary("**", Number(3), Number(2)))),
    ("-x**2", Negate(Binary("**", X, Number(2)))),
    ("(-x)**2", Binary("**", Negate(X), Number(2))),
    ("2**-x", Binary("**", Number(2), Negate(X))),
    ("+x", X),
    ("-x*2", Binary("*", Negate(X), Number(2))),
    ("pi", Number(math.pi)),
    ("`staterror_SR[0]`", Name("staterror_SR[0]")),
    ("`pi`", Name("pi")),
    ("min(1, x, 2)", Call("min", (Number(1), X, Number(2)))),
    ("where(x <= 1, 2, 3)", Call("where", (Compare("<=", X, Number(1)), Number(2), Number(3)))),
    (" 1\n+\t2 ", Binary("+", Number(1), Number(2))),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_text_has_this_tree(text, tree):
    assert parse_formula(text) == tree
    assert hash(parse_formula(text)) == hash(tree)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e-3", 1e-3), ("2E+2", 200.0)],
)
def test_a_number_is_read_as_python_reads_it(text, value):
    assert parse_formula(text) == Number(value)


# Expected: Python's arithmetic and its `math`, written out.
NUMBERS = [
    ("x + y * 2 - 1 / 4", 0.7 + -1.3 * 2 - 1 / 4),
    ("-x**2 + 2**-1", -(0.7**2) + 2**-1),
    ("2**3**2", 512.0),
    ("sqrt(x) * exp(y) + log(x)", math.sqrt(0.7) * math.exp(-1.3) + math.log(0.7)),
    ("log1p(x) - expm1(y)", math.log1p(0.7) - math.expm1(-1.3)),
    ("sin(x) + cos(x) - tan(x) + atan(y)",
     math.sin(0.7) + math.cos(0.7) - math.tan(0.7) + math.atan(-1.3)),
    ("abs(y)", 1.3),
    ("min(x, y, 3)", -1.3),
    ("max(x, y)", 0.7),
    ("where(x < y, 1, 2)", 2.0),
    ("where(x != y, 1, 2)", 1.0),
    ("`staterror_SR[0]` * pi", 2 * math.pi),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_formula_has_this_value(text, value):
    assert evaluate(parse_formula(text), VALUES) == value  # the same operations: equal bit by bit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sqrt(-1)", math.nan),
        ("log(0)", -math.inf),
        ("log(-1)", math.nan),
        ("log1p(-1)", -math.inf),
        ("1/0", math.inf),
        ("-1/0", -math.inf),
        ("0/0", math.nan),
        ("exp(1000)", math.inf),
        ("0**-1", math.inf),
        ("(-8)**(1/3)", math.nan),
        ("(-10)**999", -math.inf),
        ("10**999", math.inf),
        ("sin(exp(1000))", math.nan),
        ("min(0/0, 1)", math.nan),
    ],
)
def test_arithmetic_is_that_of_ieee_754(text, value):
    got = evaluate(parse_formula(text), {})
    assert got == value or (math.isnan(got) and math.isnan(value))


WRONG = [
    ("", 0, "the formula is empty"),
    ("   ", 0, "the formula is empty"),
    ("1 +", 3, "got the end of the formula"),
    ("(1", 2, "got the end of the formula, expected an operator or a closing parenthesis"),
    ("1)", 1, 'got ")"'),
    ("x y", 2, 'got "y", expected an operator or the end of the formula'),
    ("2x", 0, '"2x": a product is written with `*`'),
    ("sqr(x)", 0, 'unknown function "sqr". Did you mean "sqrt"?'),
    ("eval(x)", 0, 'unknown function "eval"'),
    ("sqrt", 0, '"sqrt" is a function; expected its arguments: sqrt(...)'),
    ("sqrt()", 5, 'got ")"'),
    ("sqrt(1, 2)", 0, "`sqrt` takes 1 argument, got 2"),
    ("min(1)", 0, "`min` takes two or more arguments, got 1"),
    ("where(x, 1, 2)", 6, "the first argument of `where` is a comparison"),
    ("where(x < 1, 2)", 0, "`where` takes 3 arguments, got 2"),
    ("x < 1", 2, '"<" stands outside `where`; write where(a < b, x, y)'),
    ("where(x < 1 < 2, 3, 4)", 12, '"<" stands outside `where`'),
    ("x^2", 1, "'^' has no meaning in a formula: powers are written `**`"),
    ("x.real", 1, "'.' has no meaning in a formula: there are no attributes"),
    ("x[0]", 1, "'[' has no meaning in a formula: there are no indices"),
    ("`x", 0, "'`' has no meaning in a formula: the backquote is not closed"),
    ("``", 0, "the name in backquotes is empty"),
    ("x = 1", 2, "'=' has no meaning in a formula: comparisons are written =="),
    ("where(x `<` 1, 2, 3)", 6, "the first argument of `where` is a comparison"),
    ("lambda: 1", 6, "':' has no meaning"),
    ("1e999", 0, "1e999 is larger than any 64-bit number"),
    ("µ", 0, "'µ' has no meaning"),
    ("x" * 4097, 0, "the formula has 4097 characters"),
    ("(" * 100 + "1" + ")" * 100, 65, "the formula nests deeper than 64"),
    ("-" * 2000 + "1", 65, "the formula nests deeper than 64"),
    ("2" + "**2" * 1000, None, "the formula nests deeper than 64"),
    ("1" + "+1" * 2000, 0, "more than 192 operations in a chain"),
]


@pytest.mark.parametrize(("text", "offset", "message"), WRONG, ids=[w[0][:20] for w in WRONG])
def test_a_wrong_formula_says_what_and_where(text, offset, message):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.message.startswith(message)
    if offset is not None:
        assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text",
    ["(" * 64 + "1" + ")" * 64, "1+2*(" * 21 + "1" + ")" * 21, "1" + "+1" * 191, "-" * 64 + "1"],
)
def test_the_deepest_formula_can_be_used(text):
    tree = parse_formula(text)
    assert parse_formula(to_text(tree)) == tree
    assert math.isfinite(evaluate(tree, {}))
    assert isinstance(hash(tree), int)
    assert repr(tree)


def test_positions_point_into_the_text():
    text = "1 + sqrt(`a b`) * -cd"
    for node in walk(parse_formula(text)):
        assert parse_formula(text[node.start : node.end]) == node


def test_names_and_roots_in_order_of_appearance():
    tree = parse_formula("b + sqrt(a) * where(c < b, sqrt(d + 1), sqrt(`e f`))")
    assert names(tree) == ("b", "a", "c", "d", "e f")
    assert roots(tree) == ("a", "e f")


_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_PAIRS = st.sampled_from(sorted(_OPERATORS))
_LEAVES = st.sampled_from([*map(Name, VALUES), Name("min"), Name("a`"[0])]) | st.floats(
    -1e300, 1e300
).map(Number)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        inner.map(Negate)
        | st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner)
        | st.builds(Call, st.sampled_from(["sqrt", "exp", "atan"]), st.tuples(inner))
        | st.builds(Call, st.just("max"), st.tuples(inner, inner))
        | st.builds(
            lambda sign, a, b, c, d: Call("where", (Compare(sign, a, b), c, d)),
            st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner, inner, inner,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=200, deadline=None)  # the load of the machine decides the time
@given(tree=_TREES)
def test_text_of_a_tree_has_its_value(tree):
    at = {**VALUES, "min": 0.5, "a": 3.0}
    wanted, got = evaluate(tree, at), evaluate(parse_formula(to_text(tree)), at)
    assert got == wanted or (math.isnan(got) and math.isnan(wanted))


@settings(max_examples=200, deadline=None)
@given(tree=_TREES)
def test_a_parsed_tree_comes_back_from_its_text(tree):
    parsed = parse_formula(to_text(tree))  # numbers without sign, as the grammar makes them
    assert parse_formula(to_text(parsed)) == parsed


_SUMS = st.recursive(
    st.integers(0, 9).map(lambda n: (str(n), n)),
    lambda inner: (
        st.tuples(inner, _PAIRS, inner).map(
            lambda t: (f"({t[0][0]}){t[1]}({t[2][0]})", _OPERATORS[t[1]](t[0][1], t[2][1]))
        )
        | inner.map(lambda t: (f"-({t[0]})", -t[1]))
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(pair=_SUMS)
def test_whole_number_arithmetic_is_python_s(pair):
    text, value = pair
    assert evaluate(parse_formula(text), {}) == value  # whole numbers below 9**15 < 2**53


def test_a_formula_keeps_its_source():
    for source in (1, -0.02, "1 - mu"):
        assert Formula.of(source).source == source
        assert type(Formula.of(source).source) is type(source)
    assert Formula.of(-0.02).tree == Number(-0.02)
    assert Formula.of("mu").names == ("mu",)
    assert Formula.of("2*3").constant


@pytest.mark.parametrize("source", [math.nan, math.inf, 10**400])
def test_a_formula_is_finite(source):
    with pytest.raises(FormulaError):
        Formula.of(source)


def test_children_of_every_node():
    assert children(Number(1)) == children(X) == ()
    assert children(Negate(X)) == (X,)
    assert children(Compare("<", X, Number(1))) == (X, Number(1))
