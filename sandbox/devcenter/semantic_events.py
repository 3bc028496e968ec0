"""The events that Segment's Spec names, with properties that it names; the values are invented.

Source: segment-docs, Spec: Ecommerce events v2, Mobile app lifecycle, B2B SaaS, Video, Email, Live chat, A/B testing,
Identify and Group with their reserved traits.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_WHO: Final = {"userId": "user-1", "anonymousId": "anonymous-1"}
_PRODUCT: Final = {
    "product_id": "product-7",
    "sku": "sku-7",
    "category": "Stationery",
    "name": "Notebook",
    "brand": "Example",
    "variant": "lined",
    "price": 15.0,
    "quantity": 1,
    "position": 3,
    "url": "https://shop.example/notebook",
    "image_url": "https://shop.example/notebook.png",
}
_ORDER: Final = {
    "checkout_id": "checkout-1",
    "order_id": "order-1",
    "affiliation": "Web shop",
    "total": 20.0,
    "revenue": 15.0,
    "shipping": 3.0,
    "tax": 2.0,
    "discount": 0.0,
    "coupon": "SPRING",
    "currency": "EUR",
    "products": [_PRODUCT],
}
_STEP: Final = {"checkout_id": "checkout-1", "step": 2, "shipping_method": "Post", "payment_method": "Visa"}
_COUPON: Final = {"order_id": "order-1", "cart_id": "cart-1", "coupon_id": "SPRING"}
_PROMOTION: Final = {"promotion_id": "promotion-1", "creative": "banner", "name": "Spring", "position": "top"}
_LIST: Final = {"list_id": "list-1", "category": "Stationery", "products": [_PRODUCT]}
_CAMPAIGN: Final = {"source": "newsletter", "name": "Spring", "content": "banner", "medium": "email"}
_EMAIL: Final = {"email_id": "email-1", "email_subject": "Spring is here", "campaign_id": "campaign-1"}
_CHAT: Final = {"agent_id": "agent-1", "agent_name": "Ada", "conversation_id": "conversation-1"}
_VIDEO: Final = {"session_id": "session-1", "content_asset_id": "film-1", "position": 12, "total_length": 90}
_ACCOUNT: Final = {"account_name": "Example", "context": {"groupId": "account-1"}}

EVENTS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "ecommerce": {
        "Products Searched": {"query": "notebook"},
        "Product List Viewed": _LIST,
        "Product List Filtered": {**_LIST, "filters": [{"type": "price", "value": "under-20"}]},
        "Promotion Viewed": _PROMOTION,
        "Promotion Clicked": _PROMOTION,
        "Product Clicked": _PRODUCT,
        "Product Viewed": {**_PRODUCT, "currency": "EUR", "value": 15.0},
        "Product Added": {**_PRODUCT, "cart_id": "cart-1"},
        "Product Removed": {**_PRODUCT, "cart_id": "cart-1"},
        "Cart Viewed": {"cart_id": "cart-1", "products": [_PRODUCT]},
        "Checkout Started": _ORDER,
        "Checkout Step Viewed": _STEP,
        "Checkout Step Completed": _STEP,
        "Payment Info Entered": {**_STEP, "order_id": "order-1"},
        "Coupon Entered": _COUPON,
        "Coupon Applied": {**_COUPON, "coupon_name": "Spring", "discount": 5.0},
        "Coupon Denied": {**_COUPON, "reason": "Coupon expired"},
        "Coupon Removed": _COUPON,
        "Order Updated": _ORDER,
        "Order Completed": _ORDER,
        "Order Refunded": {"order_id": "order-1", "total": 20.0, "currency": "EUR", "products": [_PRODUCT]},
        "Order Cancelled": _ORDER,
        "Product Added to Wishlist": {**_PRODUCT, "wishlist_id": "wishlist-1"},
        "Wishlist Product Added to Cart": {**_PRODUCT, "wishlist_id": "wishlist-1", "cart_id": "cart-1"},
        "Product Shared": {**_PRODUCT, "share_via": "email", "recipient": "ada@example.com"},
        "Product Reviewed": {"product_id": "product-7", "review_id": "review-1", "rating": "5"},
    },
    "mobile": {
        "Application Installed": {"version": "1.2.3", "build": "1234"},
        "Application Opened": {
            "from_background": False,
            "referring_application": "Mail",
            "url": "https://example.com",
        },
        "Application Updated": {"previous_version": "1.1.2", "version": "1.2.3", "build": "1234"},
        "Application Backgrounded": {},
        "Application Crashed": {},
        "Install Attributed": {"provider": "Example", "campaign": _CAMPAIGN},
        "Push Notification Received": {"campaign": _CAMPAIGN},
        "Push Notification Tapped": {"action": "Accept", "campaign": _CAMPAIGN},
        "Push Notification Bounced": {"action": "Accept", "campaign": _CAMPAIGN},
        "Deep Link Opened": {"provider": "Example", "url": "example://notebook"},
    },
    "saas": {
        "Account Created": _ACCOUNT,
        "Account Deleted": {"account_name": "Example"},
        "Account Added User": {"role": "Owner"},
        "Account Removed User": {},
        "Signed Up": {"type": "organic", "first_name": "Ada", "email": "ada@example.com", "username": "ada"},
        "Signed In": {"username": "ada@example.com"},
        "Signed Out": {"username": "ada@example.com"},
        "Invite Sent": {"invitee_email": "grace@example.com", "invitee_role": "Owner"},
        "Trial Started": {
            "trial_start_date": "2019-05-31",
            "trial_end_date": "2019-06-30",
            "trial_plan_name": "Team",
        },
        "Trial Ended": {"trial_start_date": "2019-05-31", "trial_end_date": "2019-06-30", "trial_plan_name": "Team"},
    },
    "video": {
        "Video Playback Started": _VIDEO,
        "Video Playback Paused": _VIDEO,
        "Video Playback Resumed": _VIDEO,
        "Video Playback Completed": _VIDEO,
        "Video Content Started": _VIDEO,
        "Video Content Playing": _VIDEO,
        "Video Content Completed": _VIDEO,
        "Video Ad Started": {"session_id": "session-1", "asset_id": "ad-1", "type": "pre-roll", "total_length": 15},
        "Video Ad Completed": {"session_id": "session-1", "asset_id": "ad-1", "type": "pre-roll", "total_length": 15},
    },
    "email": {
        "Email Delivered": _EMAIL,
        "Email Opened": _EMAIL,
        "Email Link Clicked": {**_EMAIL, "link_id": "link-1", "link_url": "https://example.com"},
        "Email Bounced": _EMAIL,
        "Email Marked as Spam": _EMAIL,
        "Unsubscribed": {**_EMAIL, "list_id": "list-1", "list_name": "News"},
    },
    "chat": {
        "Live Chat Conversation Started": _CHAT,
        "Live Chat Message Sent": {**_CHAT, "message_id": "message-1", "message_body": "Hello"},
        "Live Chat Message Received": {**_CHAT, "message_id": "message-2", "message_body": "Hello"},
        "Live Chat Conversation Ended": {**_CHAT, "duration": 60},
    },
    "testing": {
        "Experiment Viewed": {
            "experiment_id": "experiment-1",
            "experiment_name": "Colours",
            "variation_id": "variation-2",
            "variation_name": "Blue",
        },
    },
}
"""Names of track events and their properties, by the part of the Spec."""

_TRAITS: Final = {
    "address": {"city": "Vienna", "country": "AT", "postalCode": "1010", "state": "", "street": "Ring 1"},
    "age": 36,
    "avatar": "https://example.com/ada.png",
    "birthday": "1983-12-10T00:00:00Z",
    "company": {"id": "account-1", "name": "Example", "industry": "Technology", "employee_count": 20, "plan": "Team"},
    "createdAt": "2019-05-31T23:27:37Z",
    "description": "Writes programs",
    "email": "ada@example.com",
    "firstName": "Ada",
    "gender": "female",
    "id": "user-1",
    "lastName": "Example",
    "name": "Ada Example",
    "phone": "+43 1 0000000",
    "title": "Engineer",
    "username": "ada",
    "website": "https://example.com",
}
_GROUP_TRAITS: Final = {
    "address": {"city": "Vienna", "country": "AT", "postalCode": "1010", "state": "", "street": "Ring 1"},
    "avatar": "https://example.com/logo.png",
    "createdAt": "2019-05-31T23:27:37Z",
    "description": "Makes notebooks",
    "email": "office@example.com",
    "employees": "20",
    "id": "account-1",
    "industry": "Technology",
    "name": "Example",
    "phone": "+43 1 0000000",
    "website": "https://example.com",
    "plan": "Team",
}


def spec_events() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, title and event of every semantic event, and of the calls with all reserved traits."""
    identify = {"type": "identify", **_WHO, "traits": _TRAITS}
    yield "spec/identify", "Identify With Every Reserved Trait", identify
    group = {"type": "group", **_WHO, "groupId": "account-1", "traits": _GROUP_TRAITS}
    yield "spec/group", "Group With Every Reserved Trait", group
    for part, events in EVENTS.items():
        for event, properties in events.items():
            name = f"spec/{part}/{event.lower().replace(' ', '-')}"
            yield name, event, {"type": "track", **_WHO, "event": event, "properties": dict(properties)}
