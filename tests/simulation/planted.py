# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that are put into the code on purpose, one at a time, to see whether the simulation finds them."""

from __future__ import annotations

import ast
import importlib
import pathlib
import typing as t

import yaml
from support.mutants.live import Swap, swap
from support.mutants.planting import plant

from simulation.history import SYSTEMS
from simulation.launch import load

MODULE_UTILS = "ansible_collections.batchops.job_control.plugins.module_utils"
FAULTS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    fault["name"]: fault for fault in yaml.safe_load(pathlib.Path(__file__).with_name("planted.yml").read_text())
}


def put(name: str) -> None:
    """Put a fault into the code of this process, for good.

    :raises ValueError: the code is not what the fault was made for.
    """
    load()  # the functions that are there now get the new code
    fault = FAULTS[name]
    module = importlib.import_module(f"{MODULE_UTILS}.{fault['file'].removesuffix('.py').replace('/', '.')}")
    tree = ast.parse(pathlib.Path(str(module.__file__)).read_text())
    if swap(module, tree, plant(tree, fault)) is not Swap.WHOLE:
        raise ValueError(f"{name}: the code is not reached")


def seeds(name: str) -> t.Iterator[int]:
    """The seeds in which the fault may show: those of its product, if it is of one."""
    system = FAULTS[name]["file"].partition("/")[0].removeprefix("_")
    step, first = (len(SYSTEMS), SYSTEMS.index(system)) if system in SYSTEMS else (1, 0)
    number = first
    while True:
        yield number
        number += step


def known_seeds() -> dict[str, int]:
    """The first seed that finds each fault, as it is written down."""
    return {name: int(fault["seed"]) for name, fault in FAULTS.items()}
