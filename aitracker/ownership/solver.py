"""One linear program, asked many times: least values of many forms over one set of facts, each begun from a possible point.

SciPy's own binding of HiGHS keeps a program and goes on from a solution; ``linprog`` begins anew each time, ten times slower.
The binding is not a public one: where it is not as it is known, ``linprog`` is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

__all__ = ["Answer", "Solver"]

_TOLERANCE = 1e-9


class Answer(NamedTuple):
    """Where a form is least, and what a share more in each row would change; ``x`` is None where nothing is possible."""

    x: NDArray[np.float64] | None
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]


class Solver:
    """The program ``min c x`` with ``upper x <= 0``, ``equal x = 0``, ``x >= 0`` and one column held at one.

    Parameters
    ----------
    upper, equal : sparse array
        Rows that are at most zero, and rows that are zero.
    warm : bool
        Whether to use the binding that goes on from a solution.
    """

    def __init__(self, upper: csr_array, equal: csr_array, *, warm: bool = True) -> None:
        self.upper, self.equal, self._held = upper, equal, -1
        self._begin: dict[int, Any] = {}
        self._model = _model(upper, equal) if warm else None

    def least(self, cost: NDArray[np.float64], one: int) -> Answer:
        """Where the form is least, with the column ``one`` held at one."""
        if self._model is None:
            return self._cold(cost, one)
        core, model = self._model
        every = np.arange(len(cost), dtype=np.int32)
        if one != self._held:
            if self._held >= 0:
                model.changeColBounds(self._held, 0.0, np.inf)
            model.changeColBounds(one, 1.0, 1.0)
            self._held = one
        if one not in self._begin:
            model.clearSolver()
            model.changeColsCost(len(cost), every, np.zeros(len(cost)))
            model.run()
            self._begin[one] = _kept(core, model.getBasis())
        # Always from the same point that is possible: what is found does not depend on what was asked before.
        model.clearSolver()
        model.setBasis(self._begin[one])
        model.changeColsCost(len(cost), every, cost)
        model.run()
        status = model.getModelStatus()
        if status not in {core.HighsModelStatus.kOptimal, core.HighsModelStatus.kInfeasible}:
            return self._cold(cost, one)  # lost on the way: begin anew
        found = model.getSolution()
        x = np.array(found.col_value) if status == core.HighsModelStatus.kOptimal else None
        return Answer(x, np.array(found.row_dual), np.array(found.col_dual))

    def _cold(self, cost: NDArray[np.float64], one: int) -> Answer:
        from scipy.optimize import linprog  # type: ignore[import-untyped]  # a quarter of a second, where it is needed only

        ends = np.tile(np.array([0.0, np.inf]), (len(cost), 1))
        ends[one] = 1.0
        some, even = self.upper.shape[0] > 0, self.equal.shape[0]
        done = linprog(
            cost, A_ub=self.upper if some else None, b_ub=np.zeros(self.upper.shape[0]) if some else None, A_eq=self.equal,
            b_eq=np.zeros(even), bounds=ends, method="highs",
            options={"primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE},
        )  # fmt: skip
        if done.status != 0:
            return Answer(None, np.zeros(0), np.zeros(0))
        rows = np.concatenate([done.ineqlin.marginals if some else np.zeros(0), done.eqlin.marginals])
        return Answer(done.x, rows, done.lower.marginals)


def _kept(core: Any, basis: Any) -> Any:
    """A basis of its own: the one in the model goes on changing."""
    mine = core.HighsBasis()
    mine.col_status, mine.row_status = list(basis.col_status), list(basis.row_status)
    mine.valid = basis.valid
    return mine


def _model(upper: csr_array, equal: csr_array) -> tuple[Any, Any] | None:
    """A program in memory of SciPy's HiGHS; None where the binding is not as it is known."""
    from scipy.sparse import vstack

    try:
        import scipy.optimize._highspy._core as core  # type: ignore[import-untyped]

        matrix = vstack([upper, equal]).tocsc()
        (count, width), limits = matrix.shape, np.zeros(matrix.shape[0])
        model = core._Highs()  # noqa: SLF001 - see above
        lp = core.HighsLp()
        for name, value in (
            ("output_flag", False),
            ("presolve", "off"),
            ("simplex_strategy", 4),
            ("primal_feasibility_tolerance", _TOLERANCE),
            ("dual_feasibility_tolerance", _TOLERANCE),
        ):
            model.setOptionValue(name, value)
        lp.num_col_, lp.num_row_ = width, count
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(width), np.zeros(width), np.full(width, np.inf)
        lp.row_lower_ = np.concatenate([np.full(upper.shape[0], -np.inf), np.zeros(equal.shape[0])])
        lp.row_upper_ = limits
        inner = lp.a_matrix_
        inner.format_, inner.num_col_, inner.num_row_ = core.MatrixFormat.kColwise, width, count
        inner.start_, inner.index_, inner.value_ = matrix.indptr, matrix.indices, matrix.data
        _kept(core, model.getBasis())  # as it is known, too
        if model.passModel(lp) != core.HighsStatus.kOk:
            return None
    except (ImportError, AttributeError, TypeError):
        return None
    return core, model
