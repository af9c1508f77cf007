"""Binned channels in pyhf's words; formulas become normfactors where they are products of names."""

from collections.abc import Mapping

from statmodel.spec import (
    Binary,
    BinnedChannel,
    BinnedModifier,
    DocumentPath,
    HistoSys,
    Lumi,
    Name,
    NoConstraint,
    Node,
    NormFactor,
    NormSys,
    Number,
    ResolvedSpec,
    Sample,
    ScaleFactor,
    ShapeFactor,
    to_text,
)

from ._losses import Losses

_IN_PYTHON = "in pyhf it is chosen in Python (`modifier_settings`), not in the file."


def plain_channel(
    channel: BinnedChannel, path: DocumentPath, resolved: ResolvedSpec, losses: Losses
) -> dict[str, object]:
    """A channel as pyhf writes it.

    Args:
        channel: of the document.
        path: its place.
        resolved: the document, for its functions, its defaults and the constraints.
        losses: takes what pyhf cannot say.
    """
    return {
        "name": channel.name,
        "samples": [
            _sample(sample, (*path, "samples", i), resolved, losses)
            for i, sample in enumerate(channel.samples)
        ],
    }


def _sample(
    sample: Sample, path: DocumentPath, resolved: ResolvedSpec, losses: Losses
) -> dict[str, object]:
    modifiers: list[dict[str, object]] = []
    scale = (*path, "scale")
    factors: list[tuple[str, DocumentPath]] = [
        (name, scale) for name in _factors(sample.scale.tree, scale, resolved, losses)
    ]
    for i, modifier in enumerate(sample.modifiers):
        here = (*path, "modifiers", i)
        match modifier:
            case NormFactor(name=name):
                tree = Name(name)
                factors += [(one, here) for one in _factors(tree, here, resolved, losses)]
            case ScaleFactor(data=data):
                tree = data.formula.tree
                factors += [(one, here) for one in _factors(tree, here, resolved, losses)]
            case _:
                modifiers.append(_modifier(modifier, here, losses))
    seen: set[str] = set()
    free = {one.name for one in resolved.parameters if isinstance(one.constraint, NoConstraint)}
    for name, here in factors:
        if name in seen:
            losses.refuse(here, f'"{name}" multiplies the sample twice; pyhf would drop one.')
        elif name not in free:
            message = f'the factor "{name}" has a constraint; in pyhf a normfactor has none.'
            losses.refuse(here, message)
        else:
            modifiers.append({"name": name, "type": "normfactor", "data": None})
        seen.add(name)
    return {"name": sample.name, "data": list(sample.data), "modifiers": modifiers}


def _factors(
    tree: Node, path: DocumentPath, resolved: ResolvedSpec, losses: Losses
) -> tuple[str, ...]:
    """The parameters whose product a formula is; what is no product of them is refused."""
    functions = {one.name: one.tree for one in resolved.functions}
    found = _product(tree, functions)
    if found is None:
        message = f"pyhf has no formulas: {to_text(tree)}"
        if isinstance(tree, Name):
            message += f" = {to_text(functions[tree.name])}"
        losses.refuse(path, f"{message}.")
        return ()
    return found


def _product(tree: Node, functions: Mapping[str, Node]) -> tuple[str, ...] | None:
    match tree:
        case Number(value=1.0):
            return ()
        case Name(name=name) if name in functions:
            return _product(functions[name], functions)
        case Name(name=name):
            return (name,)
        case Binary(operator="*", left=left, right=right):
            sides = (_product(left, functions), _product(right, functions))
            return None if sides[0] is None or sides[1] is None else sides[0] + sides[1]
        case _:
            return None


def _modifier(modifier: BinnedModifier, path: DocumentPath, losses: Losses) -> dict[str, object]:
    defaults = losses.spec.interpolation
    match modifier:
        case NormSys():
            _check_code(modifier.interpolation or defaults.normsys, "code4", path, losses)
        case HistoSys():
            _check_code(modifier.interpolation or defaults.histosys, "code4p", path, losses)
        case Lumi(name=name) if name != "lumi":
            losses.refuse((*path, "name"), 'pyhf calls the luminosity "lumi". Rename it.')
        case _:
            pass
    plain = modifier.model_dump(mode="json", by_alias=True, exclude={"interpolation"})
    if isinstance(modifier, (Lumi, ShapeFactor)):
        plain["data"] = None
    return {"name": plain["name"], "type": plain["type"], "data": plain["data"]}


def _check_code(code: str, default: str, path: DocumentPath, losses: Losses) -> None:
    if code != default:
        message = f"the interpolation is {code}, and pyhf's default is {default}; {_IN_PYTHON}"
        losses.refuse(path, message)
