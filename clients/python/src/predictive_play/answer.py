"""An answer: a table, and why there is nothing in it where that is so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pandas
    import polars


@dataclass(frozen=True)
class Absence:
    """Why something is not there.

    Attributes:
        state: `not_covered` (nobody offers it to us) or `not_observed` (we have not looked, or nothing came).
        reason: why, in a sentence.
        what: what it is that is absent, where it was named.
    """

    state: str
    reason: str
    what: str | None = None

    @classmethod
    def of(cls, told: dict[str, Any]) -> Absence:
        """As the service tells it."""
        return cls(str(told.get("state")), str(told.get("reason")), told.get("what"))


@dataclass(frozen=True)
class Answer:
    """A table, with what the service said beside it.

    It is read by whatever takes Arrow: `polars.from_arrow(answer)`, `pyarrow.table(answer)`, DuckDB (`answer.table`).

    Attributes:
        table: the rows.
        is_replay: whether they are of recorded data that is played as if it were on, not live prices.
        absent: what is not there, and why; empty where the service does not say.
    """

    table: pa.Table
    is_replay: bool = False
    absent: tuple[Absence, ...] = field(default=())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """As a `pyarrow.Table`."""
        return self.table

    def to_pandas(self, arrow_types: bool = False) -> pandas.DataFrame:
        """As a pandas frame; `pip install predictive-play[pandas]`.

        Words are categories and times have their zone. Whole numbers and truths that may be null become floats and objects, as pandas does
        it; with `arrow_types` every column keeps its Arrow type.
        """
        if not arrow_types:
            return self.table.to_pandas()
        import pandas

        return self.table.to_pandas(types_mapper=pandas.ArrowDtype)

    def to_polars(self) -> polars.DataFrame:
        """As a Polars frame; `pip install predictive-play[polars]`."""
        import polars

        frame = polars.from_arrow(self.table)
        assert isinstance(frame, polars.DataFrame)
        return frame
