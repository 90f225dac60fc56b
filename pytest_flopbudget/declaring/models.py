"""``[tool.pytest-flopbudget.models]``: every declared model, read and expanded."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.entries import chain, entries
from pytest_flopbudget.declaring.expand import Expanded, expand
from pytest_flopbudget.declaring.layers import Layer, read_layer
from pytest_flopbudget.declaring.references import note_references
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.declaring.targets import DeclaredTargets


def read_models(
    written: Mapping[str, object],
    defaults: Layer,
    spot: Spot,
    targets: DeclaredTargets,
    *,
    locked: bool = False,
    bundled: Collection[str] = (),
    whole: bool = True,
) -> list[Case]:
    """The cases of all models, in the file's order; mistakes are noted at their spots.

    Where the table keeps a lock, a model needs no limit; nor does a case that a bundle has, by its name. Where not the
    ``whole`` of the table could be read, a name that is not there is no mistake.
    """
    models = entries(written, spot)
    sound = models.sound and whole
    layers = {name: read_layer(entry.table, "model", entry.spot) for name, entry in models.by_name.items()}
    chains = {name: chain(name, layers, sound=sound) for name in layers}
    expanded = {
        name: expand(name, (*own, defaults), targets, locked=locked, bundled=bundled) if own else Expanded()
        for name, own in chains.items()
    }
    cases = [case for each in expanded.values() for case in each.cases]
    # Of a model with mistakes it is not known which cases it has.
    unsure = {name for name, each in expanded.items() if not each.is_complete}
    references = [reference for each in expanded.values() for reference in each.references]
    sure = [each for each in references if each.model not in unsure and (sound or each.model in expanded)]
    note_references(sure, cases)
    return cases
