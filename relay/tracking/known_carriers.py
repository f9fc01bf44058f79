"""By which words, addresses and numbers carriers are known, before a shop says otherwise.

Only what is certain stands here: a wrong carrier is asked in vain, and nobody is told that it is wrong.
"""

from collections.abc import Mapping

#: What people who invoice write, as :func:`relay.tracking.matching.courier_key` does: each fits as whole words.
NAMES: Mapping[str, tuple[str, ...]] = {
    "99minutos": ("99minutos", "99 minutos"),
    "andreani": ("andreani",),
    "azul-cargo": ("azul cargo", "azulcargo"),
    "braspress": ("braspress",),
    "chilexpress": ("chilexpress",),
    "coordinadora": ("coordinadora",),
    "correios": ("correios", "sedex", "pac", "mini envios"),
    "dhl-unified": ("dhl",),
    "estafeta": ("estafeta",),
    "fedex": ("fedex", "federal express"),
    "gollog": ("gollog", "gol log"),
    "j-t-express": ("j t express", "jt express", "jtexpress"),
    "jadlog": ("jadlog", "jad log"),
    "jamef": ("jamef",),
    "latam-cargo": ("latam cargo",),
    "loggi": ("loggi",),
    "mandae": ("mandae",),
    "melhor-envio": ("melhor envio", "melhorenvio"),
    "patrus": ("patrus",),
    "rodonaves": ("rodonaves",),
    "sequoia": ("sequoia",),
    "servientrega": ("servientrega",),
    "starken": ("starken",),
    "tnt": ("tnt",),
    "total-express": ("total express", "totalexpress"),
    "ups": ("ups", "united parcel service"),
}
#: Where their tracking pages are: the domain, whatever stands before it.
HOSTS: Mapping[str, tuple[str, ...]] = {
    "99minutos": ("99minutos.com",),
    "andreani": ("andreani.com",),
    "azul-cargo": ("azulcargoexpress.com.br",),
    "braspress": ("braspress.com", "braspress.com.br"),
    "chilexpress": ("chilexpress.cl",),
    "coordinadora": ("coordinadora.com",),
    "correios": ("correios.com.br",),
    "dhl-unified": ("dhl.com", "dhl.de"),
    "estafeta": ("estafeta.com",),
    "fedex": ("fedex.com",),
    "gollog": ("gollog.com.br",),
    "j-t-express": ("jtexpress.com.br",),
    "jadlog": ("jadlog.com.br",),
    "jamef": ("jamef.com.br",),
    "latam-cargo": ("latamcargo.com",),
    "loggi": ("loggi.com",),
    "mandae": ("mandae.com.br",),
    "melhor-envio": ("melhorrastreio.com.br", "melhorenvio.com.br"),
    "patrus": ("patrus.com.br",),
    "rodonaves": ("rte.com.br",),
    "sequoia": ("sequoialog.com.br",),
    "servientrega": ("servientrega.com",),
    "starken": ("starken.cl",),
    "tnt": ("tnt.com",),
    "total-express": ("totalexpress.com.br",),
    "ups": ("ups.com",),
}
#: Shapes of normalised numbers that tell. Numbers of digits alone are shared by too many.
NUMBERS: Mapping[str, str] = {
    "correios": r"[A-Z]{2}[0-9]{9}BR",
    "j-t-express": r"888[0-9]{12}",
    "melhor-envio": r"ME[0-9A-Z]{6,20}BR",
    "ups": r"1Z[0-9A-Z]{16}",
}
