"""Documents with a planted truth, and generators whose faults are known.

`Simulator` writes patent-like English for up to 64 labels of assistive technology; `SimulatedGenerator` writes more of
it, as badly as its `Knobs` say. Both are pure functions of their seeds: what an audit concludes can be held against
the truth.
"""

from synthlift.simulation.generator import SimulatedGenerator
from synthlift.simulation.knobs import PRESETS, Knobs
from synthlift.simulation.simulator import Simulator

__all__ = ["PRESETS", "Knobs", "SimulatedGenerator", "Simulator"]
