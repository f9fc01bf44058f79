"""What the words of Melhor Envio say."""

from relay.model import Status

#: ``status`` of an order, its word for now.
STATUSES = {
    "pending": Status.PENDING,
    "released": Status.INFO_RECEIVED,
    "generated": Status.INFO_RECEIVED,
    "paid": Status.INFO_RECEIVED,
    "posted": Status.IN_TRANSIT,
    "received": Status.IN_TRANSIT,  # at a drop-off point
    "delivered": Status.DELIVERED,
    "undelivered": Status.EXCEPTION,  # returns as well
    "paused": Status.ATTEMPTED,  # the recipient must act
    "suspended": Status.EXCEPTION,
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "expired": Status.EXPIRED,
}
#: The moments that an order has, which are all its history: ``posted_at``.
MOMENTS = {
    "created": Status.INFO_RECEIVED,
    "paid": Status.INFO_RECEIVED,
    "generated": Status.INFO_RECEIVED,
    "posted": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "canceled": Status.CANCELLED,
    "expired": Status.EXPIRED,
}
#: Which of the moments an event is about; of the others there is none.
ABOUT = {
    "order.created": "created",
    "order.pending": "created",
    "order.released": "paid",
    "order.generated": "generated",
    "order.posted": "posted",
    "order.delivered": "delivered",
    "order.cancelled": "canceled",
    "order.canceled": "canceled",
    "order.expired": "expired",
}
