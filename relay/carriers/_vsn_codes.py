"""What the words of an event say, where a carrier has no codes: Portuguese, Spanish and English.

The first that fits. Words never make a parcel delivered or returned: there are flags for that.
"""

import re

from relay.model import Status

WORDS = {
    r"n[ãa]o (foi )?entreg|sin entregar|not delivered|tentativa|ausente|intento|attempt": Status.ATTEMPTED,
    r"devolu[çc]|devolvid|devuelt|return(ed|ing)? to (the )?(sender|shipper)": Status.RETURNING,
    r"extravi|roub|avari|robad|da[ñn]ad|\blost\b|stolen|damaged": Status.EXCEPTION,
    r"(aguardando|dispon[ií]vel para|pronto para) (a )?retirada|listo para retir": Status.AVAILABLE_FOR_PICKUP,
    r"(ready|available|waiting) for (pick-?\s?up|collection)": Status.AVAILABLE_FOR_PICKUP,
    r"saiu para (a )?entrega|em rota de entrega|(en|em) reparto|out for delivery": Status.OUT_FOR_DELIVERY,
    r"aguardando (a )?(postagem|coleta)|etiqueta|label|pedido (criado|recebido)": Status.INFO_RECEIVED,
    r"postad|coletad|recolhid|e[mn] tr[âaá]nsito|transfer[êe]nc|encaminhad": Status.IN_TRANSIT,
    r"in transit|picked up|departed|arrived": Status.IN_TRANSIT,
}


def status_of(words: str) -> Status:
    return next(
        (status for word, status in WORDS.items() if re.search(word, words, re.IGNORECASE)),
        Status.UNKNOWN,
    )
