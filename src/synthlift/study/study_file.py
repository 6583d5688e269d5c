"""A study as a file: which documents, which models write, what is compared, and the most that it may cost.

Parsed once; whatever it names that cannot be is told with the place in the file, what was expected and what to do.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from synthlift.corpus.shingles import Analyzer
from synthlift.errors import BadConfiguration, show
from synthlift.study.catalog import DEFAULT_CONDITIONS
from synthlift.study.config import PRIMARY_METRIC, Setting
from synthlift.study.study_faults import told_faults

__all__ = [
    "CapsTable",
    "CorpusTable",
    "ExecutorTable",
    "FiltersTable",
    "GeneratorTable",
    "ModelTable",
    "PricesTable",
    "StudyFile",
    "read_study_file",
]

MAX_BYTES = 1_000_000
_UNIT = Annotated[float, Field(ge=0.0, le=1.0)]
# a preset of synthlift.simulation, or its knobs
Simulated = Annotated[
    Annotated[Literal["faithful", "narrow", "off-style", "copycat", "mislabelled", "bland"], Tag("preset")]
    | Annotated[Mapping[str, _UNIT], Tag("knobs")],
    Discriminator(lambda given: "preset" if isinstance(given, str) else "knobs"),
]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SimulatedTable(_Table):
    """``[corpus.simulated]``: how many simulated patents of assistive technology there are of each kind."""

    train: Annotated[int, Field(ge=1, le=1_000_000)] = 165
    test: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    spare: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class CorpusTable(_Table):
    """``[corpus]``: the real documents, as the options of ``synthlift audit`` name them, and what labels mean.

    With `simulated` they are made, and their split, descriptions and collection with them.
    """

    real: Path = Path()
    simulated: SimulatedTable | None = None
    test: Path | None = None
    text_column: str = "text"
    labels_column: str = "labels"
    id_column: str = "id"
    group_column: str = "group"
    label_delimiter: str | None = None
    csv_delimiter: str | None = None
    label_columns: tuple[str, ...] = ()
    split_column: str | None = None
    split_values: Mapping[Literal["train", "validation", "spare", "test"], str | tuple[str, ...]] | None = None
    where: Mapping[str, str | tuple[str, ...]] = {}
    drop_empty: bool = False
    analyzer: Analyzer = "word"
    descriptions: Path | Mapping[str, str] | None = None
    language: str = "English"
    collection: str = ""

    @model_validator(mode="after")
    def _has_documents(self) -> CorpusTable:
        is_named = "real" in self.model_fields_set
        if is_named == (self.simulated is not None):
            raise ValueError("expected real, the file of the documents, or a table [corpus.simulated], and not both")
        return self


class PriceTable(_Table):
    """US dollars per million tokens."""

    input_per_million: Annotated[float, Field(ge=0.0)] = 0.0
    output_per_million: Annotated[float, Field(ge=0.0)] = 0.0


class ModelTable(_Table):
    """``[models.ALIAS]``: a model, and who serves it; without endpoints it is run in this process, or simulated."""

    preset: str | None = None
    model: str | None = None
    revision: str | None = None
    endpoints: tuple[str, ...] = ()
    in_process: bool = False
    simulated: Simulated | None = None
    api_key_env: str | None = None
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 16
    timeout_s: Annotated[float, Field(gt=0.0, le=3600.0)] = 120.0
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 6
    max_outage_s: Annotated[float, Field(ge=0.0)] = 300.0
    sampling: Mapping[str, Any] = {}
    system_role: bool | None = None
    price: PriceTable = PriceTable()
    output_licence: str | None = None

    @model_validator(mode="after")
    def _is_served(self) -> ModelTable:
        if self.simulated is not None:
            if self.preset or self.model or self.endpoints or self.in_process:
                raise ValueError("expected nothing of a served model beside simulated: no preset, model or endpoints")
            return self
        if self.preset is None and self.model is None:
            raise ValueError("expected model, the name that its server knows, or preset (synthlift models lists them)")
        if self.in_process == bool(self.endpoints):
            raise ValueError("expected endpoints, the addresses of its servers, or in_process = true, or simulated")
        return self


class GeneratorTable(_Table):
    """``[[generators]]``: one way of writing texts; each is compared with the controls."""

    name: Literal["synthesis", "paraphrase"]
    model: str
    family: Annotated[tuple[str, ...], Field(min_length=1)] = ("standard-patent",)
    n: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    label: str | None = None
    shots: Annotated[int, Field(ge=0, le=20)] = 0
    label_sets: Literal["empirical", "balanced"] | Path = "empirical"
    label_names: bool = True
    per_seed: Annotated[int, Field(ge=1, le=1000)] | None = None
    reply: Literal["text", "json"] = "text"

    @property
    def title(self) -> str:
        """What its results are listed under."""
        return self.label if self.label is not None else f"{self.name} {self.model}"

    @model_validator(mode="after")
    def _has_volume(self) -> GeneratorTable:
        if self.name == "synthesis" and self.n is None:
            raise ValueError("expected n, how many documents to ask for")
        if self.name == "synthesis" and self.per_seed is not None:
            raise ValueError("per_seed is for paraphrases; expected n, how many documents to ask for")
        if self.name == "paraphrase" and (self.n is None) == (self.per_seed is None):
            raise ValueError("expected either n, how many documents, or per_seed, how many of each seed")
        if self.name == "paraphrase" and (self.shots or self.label_sets != "empirical" or not self.label_names):
            raise ValueError(
                "shots, label_sets and label_names are for synthesis: a paraphrase keeps its seed's labels"
            )
        return self


class FiltersTable(_Table):
    """``[filters]``: which rules drop generated documents, each with its limit; false turns one off."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    refusal: bool = True
    prompt_echo: bool = True
    length: bool | tuple[int, int] = True
    language: bool = True
    near_duplicate: bool = True
    contamination: bool = True
    label_leak: bool = False
    label_consistency: Literal[False] | _UNIT = False
    patent_style: Literal[False] | _UNIT = False
    prompt_family: tuple[str, ...] = ()


class CapsTable(_Table):
    """``[caps]``: the most that the whole run may ask for."""

    requests: Annotated[int, Field(ge=1)] | None = None
    tokens: Annotated[int, Field(ge=1)] | None = None
    cost_usd: Annotated[float, Field(gt=0.0)] | None = None
    hours: Annotated[float, Field(gt=0.0)] | None = None


class ExecutorTable(_Table):
    """``[executor]``: who does the work, where the command does not say so."""

    kind: Literal["process", "ray"] = "process"
    workers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    address: str | None = None
    gpus: Annotated[float, Field(ge=0.0, le=64.0)] = 0.0

    @model_validator(mode="after")
    def _is_of_ray(self) -> ExecutorTable:
        if self.kind != "ray" and (self.address is not None or self.gpus):
            raise ValueError('address and gpus are those of a Ray cluster: expected kind = "ray" beside them')
        return self


class PricesTable(_Table):
    """``[prices]``: what one document costs, in any one currency, for `synthlift advise`; synthetic ones as kept."""

    real: Annotated[float, Field(gt=0.0, le=1e9)]
    synthetic: Annotated[float, Field(ge=0.0, le=1e9)]
    audit: Annotated[float, Field(ge=0.0, le=1e9)] = 0.0


class StudyFile(_Table):
    """A whole study file; `other_conditions` are those of all generators but the first, where these have fewer."""

    corpus: CorpusTable
    models: Annotated[Mapping[str, ModelTable], Field(min_length=1)]
    generators: Annotated[tuple[GeneratorTable, ...], Field(min_length=1)]
    filters: FiltersTable = FiltersTable()
    caps: CapsTable = CapsTable()
    prices: PricesTable | None = None
    executor: ExecutorTable = ExecutorTable()
    regimes: Annotated[tuple[str, ...], Field(min_length=1)] = ("all",)
    classifiers: Annotated[tuple[str, ...], Field(min_length=1)] = ("linear",)
    replicates: Annotated[int, Field(ge=1, le=10_000)] = 10
    seed: Annotated[int, Field(ge=0)] = 0
    delta: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.01
    metric: str = PRIMARY_METRIC
    conditions: Annotated[tuple[str, ...], Field(min_length=1)] = DEFAULT_CONDITIONS
    other_conditions: tuple[str, ...] | None = None
    classifier_settings: Mapping[str, Mapping[str, Setting]] = {}
    audit_numerics: bool = False
    grid: bool = False
    fidelity_model: Annotated[str, Field(min_length=1)] | None = None
    fidelity_revision: str | None = None
    folder: Path = Path()

    @model_validator(mode="after")
    def _names_agree(self) -> StudyFile:
        for place, generator in enumerate(self.generators):
            if generator.model not in self.models:
                known = ", ".join(self.models)
                raise ValueError(f"generators[{place}].model: got {show(generator.model)}, expected one of {known}")
        titles = [generator.title for generator in self.generators]
        twice = [title for title in titles if titles.count(title) > 1]
        if twice:
            raise ValueError(f"two generators are called {show(twice[0])}: give each a label of its own")
        return self

    def path(self, path: Path) -> Path:
        """Return a path of the file, relative ones from where the file lies."""
        return path if path.is_absolute() else self.folder / path

    def files(self) -> tuple[Path, ...]:
        """Return the files that it names, but for weights."""
        corpus = self.corpus
        named: list[object] = [corpus.real, corpus.test, corpus.descriptions]
        for generator in self.generators:
            named += [Path(family) for family in generator.family if family.endswith(".toml")] + [generator.label_sets]
        return tuple(self.path(each) for each in named if isinstance(each, Path))

    def settings_of_classifiers(self) -> dict[str, dict[str, Setting]]:
        """Return the settings of each classifier; a model that lies in a folder beside the file is found there."""
        settings = {name: dict(one) for name, one in self.classifier_settings.items()}
        for one in settings.values():
            model = one.get("model")
            if isinstance(model, str):
                one["model"] = self.weights(model)
        return settings

    def weights(self, model: str) -> str:
        """Return a model as it is found from here: a folder beside the file, or a name."""
        folder = self.path(Path(model))
        return str(folder) if folder.is_dir() else model

    @property
    def descriptions(self) -> Path | Mapping[str, str] | None:
        """What labels mean, as `read_descriptions` takes it."""
        given = self.corpus.descriptions
        return self.path(given) if isinstance(given, Path) else given


def read_study_file(path: Path) -> StudyFile:
    """Read a study file.

    Raises
    ------
    BadConfiguration
        With every fault of it: the place, what was got, what was expected.
    """
    name = show(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadConfiguration(f"{show(path)}: cannot be read ({error.strerror}); name a study file") from None
    if len(content) > MAX_BYTES:
        raise BadConfiguration(f"{name}: got more than {MAX_BYTES:,} bytes, expected a study file")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"{name}: is no TOML: {show(error)}") from None
    if "folder" in table:
        raise BadConfiguration(f"{name}: got an unknown key 'folder'; take it out")
    try:
        return StudyFile.model_validate({**table, "folder": path.parent})
    except ValidationError as error:
        raise BadConfiguration("\n".join(told_faults(name, error, _nearest))) from None


_TABLES: Mapping[str, type[BaseModel]] = {
    "corpus": CorpusTable,
    "models": ModelTable,
    "generators": GeneratorTable,
    "filters": FiltersTable,
    "caps": CapsTable,
    "prices": PricesTable,
    "executor": ExecutorTable,
}


def _nearest(location: Sequence[str | int]) -> str:
    table = _TABLES.get(str(location[0]), StudyFile) if len(location) > 1 else StudyFile
    if location[-2:-1] == ("price",):
        table = PriceTable
    known = [field.alias or name for name, field in table.model_fields.items() if name != "folder"]
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f", did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(known)}"
