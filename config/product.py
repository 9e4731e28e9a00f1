"""Every product default with its reason. Apps read them as `settings.HANDRAIL`; no rule about money lives here."""

from __future__ import annotations

from typing import Final

DEFAULTS: Final[dict[str, int]] = {
    # Leases and sweeping: recovery time is the lease, not the broker's hour.
    "lease_seconds": 15,
    "heartbeat_seconds": 5,
    "sweep_seconds": 2,
    # A turn rung by the broker gets this long before the sweeper runs it itself.
    "sweep_grace_seconds": 2,
    # The third claim of the same work means that it kills its worker: a person gets it.
    "max_tries": 3,
    # A newer message drops the draft at most this often in a row, or nobody ever gets an answer.
    "max_drops": 2,
    # Silence: after the first the turn says what it does, at the second it hands off.
    "slow_turn_seconds": 10,
    "hopeless_turn_seconds": 30,
    # The window of history a turn reads; a turn's cost never grows with the conversation.
    "history_messages": 20,
    # Caps of one turn (law 7). Tokens and cost: a handful of questions to a model, each with the window of history.
    "max_steps": 40,
    "max_tool_calls": 12,
    "max_tokens": 20_000,
    "max_cost_micros": 100_000,
    # Caps of one conversation: what a hundred usual turns take. Whoever needs more has no matter for an agent, or is a
    # script; a dollar is less than the minute of a person who then looks. A turn that died keeps what it has reserved.
    "max_conversation_steps": 1000,
    "max_conversation_tool_calls": 200,
    "max_conversation_tokens": 200_000,
    "max_conversation_cost_micros": 1_000_000,
    "max_conversation_seconds": 1800,
    # What models may cost in a day, all conversations together: a few thousand usual turns. Past it the agent reads and
    # words without a model, and a person finds out whether that was a good day or a loop.
    "max_day_cost_micros": 50_000_000,
    # How often a model is asked one question: the second time catches a dropped connection, the third a short overload.
    # More would be what the customer waits for.
    "model_attempts": 3,
    # So long the ledger keeps what was asked and answered, without personal data but in a customer's words; the rows
    # with their figures stay.
    "model_exchange_days": 30,
    # More often than this in a turn is going in circles: the same question to a tool for one matter, the same node of
    # its run, the same words begun anew. Twice happens: records are read anew before an offer, and customers repeat
    # themselves. Two matters of one account read it twice each and are no circle.
    "max_same_calls": 3,
    "max_node_visits": 5,
    "max_same_starts": 3,
    # The breaker before systems and models. Five failures in a row, all processes together, are no accident:
    # also at night, when a minute lies between two, and each keeps a customer waiting for its time-out. Within five
    # minutes, since yesterday's failures say nothing. Ten seconds let a restart pass; five minutes at most, or nobody
    # would see it come back. A copy a second old costs a statement a second, not one a call.
    "breaker_failures": 5,
    "breaker_window_seconds": 300,
    "breaker_pause_seconds": 10,
    "breaker_longest_pause_seconds": 300,
    "breaker_copy_seconds": 1,
    # A customer's message: longer than this is refused with a sentence, not cut.
    "max_message_chars": 4000,
    # A customer's message reopens a resolved conversation this long; later it opens a new one linked to it.
    "reopen_days": 7,
    # After its end a conversation may be rated so long: twice the days in which a message reopens it. The answer may be
    # changed for a day; later it counts as it stands.
    "survey_days": 14,
    "survey_change_hours": 24,
    # One poller per web process asks this often, so that a lost poke costs at most this.
    "poll_seconds": 3,
    # Identity must arrive in the first frame within this time.
    "socket_hello_seconds": 3,
    # A customer's messages: more than anybody types, less than a script sends; the agent's time is what they cost.
    "messages_at_once": 60,
    "messages_per_minute": 30,
    # Any frame on one socket; above it the socket is read slowly, so that it holds up only itself.
    "frames_at_once": 100,
    "frames_per_minute": 1800,
    # One address may be an office or a campus: enough for a hundred people, not for ten thousand conversations.
    "address_messages_at_once": 300,
    "address_messages_per_minute": 300,
    "address_tokens_at_once": 60,
    "address_tokens_per_minute": 60,
    "address_searches_at_once": 60,
    "address_searches_per_minute": 60,
    # "Was this helpful?": a reader votes on a handful of pages; a script that wants to sink one needs many votes.
    "address_votes_at_once": 20,
    "address_votes_per_minute": 10,
    "address_sockets": 200,
    # Failed sign-ins in a quarter of an hour. One name from one address: five are typing errors. One address over all
    # names, and one name from all addresses: what a list of passwords or a rented fleet would need.
    "sign_in_minutes": 15,
    "sign_in_failures": 5,
    "sign_in_failures_address": 50,
    "sign_in_failures_name": 50,
    # Who names an order and an address without a session: five pairs that don't fit within the time lock the order, and
    # the visitor, for as long. Two mistakes in each are usual; an order has one address, and guessing needs thousands.
    "proof_failures": 5,
    "proof_minutes": 60,
    # One-time codes: time to find the mail; failures over all codes of a customer in a day, of a million possible ones;
    # codes for one conversation, and for one customer, so that nobody's inbox is flooded; how long a proof holds.
    "code_minutes": 10,
    "code_failures": 5,
    "codes_per_hour": 3,
    "codes_per_day": 10,
    "proven_minutes": 30,
    # A write that waits for people should be decided within this time: the customer sits there. Nothing happens when it
    # isn't, but the desk shows it in red; the policy says when the request expires.
    "decision_minutes": 30,
    # The agent hands off when it has asked for the same thing this often.
    "max_asks": 2,
    # 1: no release goes live while a workflow is not signed off under the graph that it has. 0 shows it and goes on: a
    # demo has nobody to sign.
    "sign_off_required": 0,
    # An article that says nothing of its own is looked at again after so many days: as often as an answer from it would
    # be called old (S1-24) where its topic changes, once a year where it hardly does.
    "review_days": 90,
    "review_days_lasting": 365,
    # An article that no answer has cited for so long is shown to its editors, who know whether anybody needs it; and so
    # far back answers are compared with what their articles say now.
    "unused_days": 90,
    # An article goes to its editors when fewer than so many in a hundred readers found it helpful. Those who are cross
    # answer more often, yet below half a page fails; before ten answers a handful of people would decide.
    "helpful_votes": 10,
    "helpful_share": 50,
}
