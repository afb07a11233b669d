"""An aggregate as JSON for people and checkers: every integer a decimal string, fields that were not reached absent."""

from __future__ import annotations

from typing import TypeAlias

from rooms_core.proofs.canonical import Json
from rooms_oracle.aggregate import Aggregate, Params, Status

JsonObject: TypeAlias = dict[str, Json]
"""An object of canonical JSON."""


def result_json(found: Aggregate) -> JsonObject:
    """The fields of a result. `inliers` maps family → [price, half-width, weight after the cap]."""
    shown: JsonObject = {
        "status": found.status.value,
        "families": list(found.families),
        "rejected": {name: reason.value for name, reason in found.rejected.items()},
    }
    if found.status is Status.NO_QUORUM:
        return shown
    shown |= {"median": str(found.median), "mad": str(found.mad), "tolerance": str(found.tolerance)}
    if found.status is Status.NO_CONSENSUS:
        return shown
    inliers = {vote.family: [str(vote.price), str(vote.conf), str(vote.weight)] for vote in found.inliers}
    return shown | {"price": str(found.price), "lo": str(found.lo), "hi": str(found.hi), "inliers": inliers}


def params_json(params: Params) -> dict[str, str]:
    """The settings of the rule, all six."""
    return {
        "max_age_ms": str(params.max_age_ms),
        "max_skew_ms": str(params.max_skew_ms),
        "quorum": str(params.quorum),
        "tol_floor_ppm": str(params.tol_floor_ppm),
        "tol_cap_ppm": str(params.tol_cap_ppm),
        "conf_cap_ppm": str(params.conf_cap_ppm),
    }
