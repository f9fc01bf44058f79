"""What the codes of Correios say, by family (``codigo``) and type (``tipo``).

The tables that were published are ten years old: what is not here stays unknown.
"""

from collections.abc import Iterable, Mapping

from relay.model import Outcome, Status

Key = tuple[str, int]

#: BDE, BDI and BDR end a delivery or an attempt at one; their types mean the same.
ENDINGS = {
    Status.DELIVERED: (0, 1, 67, 70, 79),
    Status.RETURNED: (23,),  # reads "delivered", but to the sender
    Status.ATTEMPTED: (2, 18, 20, 25, 35, 46),
    Status.AVAILABLE_FOR_PICKUP: (24, 54, 68),
    Status.RETURNING: (4, 5, 6, 8, 10, 14, 21, 26, 33, 36, 40, 42, 48, 49, 56, 62),
    Status.IN_TRANSIT: (9, 15, 22, 30, 32, 41, 45, 47, 53, 55, *range(57, 61), 66, 69, 84, 87),
    Status.EXCEPTION: (
        *(3, 7, 12, 13, 19, 28, 29, 34, 37, 38, 39, 43, 44, 50, 51, 52, 61),
        *(71, 72, 73, 74, 75, 76, 77, 80, 81, 82, 83, 85, 86, 89, 98),
    ),
}
OTHERS: Mapping[Status, Mapping[str, Iterable[int]]] = {
    Status.INFO_RECEIVED: {"CO": (2, 3, 4, 5, 6, 7, 12, 14)},
    Status.CANCELLED: {"CO": (9, 10)},
    Status.OUT_FOR_DELIVERY: {"OEC": (0, 1)},
    Status.ATTEMPTED: {"FC": (7,)},
    Status.AVAILABLE_FOR_PICKUP: {"LDI": (0, 1, 2, 3, 4, 14)},
    Status.RETURNING: {
        "BDR": (63, 64),
        "BLQ": (5, 22),
        "FC": (1, 47),
        "LDE": (0, 9),  # out for delivery, to the sender
        "OEC": (9,),
        "PAR": (13, 23, 24, 26, 40, 41),
    },
    Status.EXCEPTION: {
        "BLQ": (1, 2, 4, 11, 21, 24, 30, 31, 41, 42, 44, 51, 54, 61),
        "CO": (11, 13),
        "FC": (4, 9, 11, 29, 31, 41, 42, 51, 55),
        "IDC": range(1, 8),  # lost, paid for
        "PAR": (11, 25, 30, 33),
    },
    Status.IN_TRANSIT: {
        "BDR": (31, 75),
        "CAR": (1,),
        "CD": (0, 1, 2, 3),
        "CMR": (1,),
        "CMT": (0,),
        "CO": (1, 8),
        "CUN": (0, 1),
        "DO": (0, 1, 2),
        "FC": (2, 3, 5, 8, 10, 12, 13, 19, 24, 26, 27, 32, 33, 34, 35, 37),
        "LDI": (11, 13),  # on its way to where it can be picked up
        "PAR": (10, 12, *range(14, 23), 27, 28, 29, 31, 32, 34, 42),
        "PMT": (1,),
        "PO": (0, 1, 9),
        "RO": (0, 1),
        "TRI": (0,),
    },
}


def _table() -> dict[Key, Status]:
    endings = {
        (family, kind): status
        for status, kinds in ENDINGS.items()
        for kind in kinds
        for family in ("BDE", "BDI", "BDR")
    }
    return endings | dict(_others())


def _others() -> Iterable[tuple[Key, Status]]:
    for status, families in OTHERS.items():
        for family, kinds in families.items():
            for kind in kinds:
                yield (family, kind), status


STATUSES = _table()
#: Takes back the event before it.
CANCELS = "EST"
#: Of messages about one object and of errors about the whole.
OUTCOMES = {
    "SRO-009": Outcome.INVALID_NUMBER,
    "SRO-019": Outcome.INVALID_NUMBER,
    "SRO-020": Outcome.NOT_FOUND,
}
