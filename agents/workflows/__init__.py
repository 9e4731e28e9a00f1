"""One module a workflow; this dictionary lists them."""

from __future__ import annotations

from agents.workflow import Workflow

from . import (
    answer_question,
    cancel_order,
    change_address,
    change_payment,
    invoice_copy,
    order_status,
    prepare,
    refund,
    replace_items,
    resend_confirmation,
    small_talk,
    talk_to_person,
    unhelped,
    unknown,
)

WORKFLOWS: dict[str, Workflow] = {
    flow.name: flow
    for flow in (
        order_status.WORKFLOW,
        refund.WORKFLOW,
        cancel_order.WORKFLOW,
        change_address.WORKFLOW,
        change_payment.WORKFLOW,
        replace_items.WORKFLOW,
        resend_confirmation.WORKFLOW,
        invoice_copy.WORKFLOW,
        answer_question.WORKFLOW,
        talk_to_person.WORKFLOW,
        small_talk.WORKFLOW,
        prepare.WORKFLOW,
        unhelped.WORKFLOW,
        unknown.WORKFLOW,
    )
}
