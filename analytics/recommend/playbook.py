"""The playbook: one entry per RFM segment."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import RequestError


@dataclass(frozen=True, slots=True)
class Play:
    """What to do with a segment, on Monday, and how to tell whether it worked."""

    segment: str
    goal: str
    action: str
    avoid: str
    measure: str


PLAYBOOK: tuple[Play, ...] = (
    Play(
        "Champions",
        "Keep them, and let them bring others",
        "Give early access to new products and ask for a review or a referral. Thank them by name.",
        "No discounts: they buy without one.",
        "Orders per customer in the next 90 days, and referrals.",
    ),
    Play(
        "Loyal",
        "Make a larger basket a habit",
        "Recommend what goes with their usual products, and open a loyalty programme whose next step is close.",
        "No blanket discounts; reward the next order instead.",
        "Average order value in the next 90 days.",
    ),
    Play(
        "Potential Loyalist",
        "Win the next order while they remember you",
        "Send a short series about what others bought next, with a small thank-you on the next order.",
        "Do not ask for a review before the third order.",
        "Share with another order within 60 days.",
    ),
    Play(
        "New",
        "Get the second order",
        "Welcome them in two or three messages: how to use what they bought, then one product that goes with it.",
        "Do not treat them like regulars yet; one offer at a time.",
        "Share with a second order within 60 days.",
    ),
    Play(
        "Promising",
        "Turn a good first order into a second one",
        "Follow up on the product they bought, with service rather than price, and name the next thing worth having.",
        "Do not push small offers on a customer who spends a lot at once.",
        "Share with a second order within 90 days.",
    ),
    Play(
        "Need Attention",
        "Bring good customers back before they drift",
        "Send one limited-time offer built on what they bought before.",
        "Do not wait for the next campaign: every week counts.",
        "Share with an order within 30 days.",
    ),
    Play(
        "About To Sleep",
        "Wake them cheaply",
        "Show what is new and what is popular, with free shipping for a few days.",
        "Spend little: each of them brings little.",
        "Share with an order within 60 days, against the cost per contact.",
    ),
    Play(
        "At Risk",
        "Win back customers who were worth a lot",
        "Write personally: say that they are missed, show what is new in their categories, offer a real reason to return.",
        "Do not send them the newsletter that they already ignore.",
        "Share with an order within 60 days, and the revenue from it.",
    ),
    Play(
        "Cannot Lose",
        "Find out why the best ones left",
        "Call or write one by one; ask what went wrong, put it right, and make the strongest offer that you have.",
        "No automation: there are few of them and each is worth it.",
        "Customers reached, reasons learnt, revenue regained within 90 days.",
    ),
    Play(
        "Hibernating",
        "Try once, at little cost",
        "One seasonal message with a clear offer, timed to when they bought before.",
        "No series: a second message costs more than it brings.",
        "Revenue per message sent.",
    ),
    Play(
        "Lost",
        "Stop paying for them",
        "Leave them out of paid campaigns; one last message that asks whether they want to stay on the list.",
        "No discounts to people who will not come back.",
        "Money saved, and the share that stays.",
    ),
)


def play_for(segment: str) -> Play:
    """The entry of an RFM segment.

    Raises:
        RequestError: the playbook has none.
    """
    for play in PLAYBOOK:
        if play.segment == segment:
            return play
    raise RequestError(f"The playbook has no entry for '{segment}'. It has {', '.join(p.segment for p in PLAYBOOK)}.")
