"""One module a workflow; this dictionary lists them."""

from __future__ import annotations

from agents.workflow import Workflow

from . import (
    account_change,
    answer_question,
    billing_dispute,
    cancel_order,
    change_address,
    change_payment,
    close_account,
    exchange_items,
    invoice_copy,
    order_status,
    page_or_person,
    password_reset,
    prepare,
    refund,
    refund_status,
    replace_items,
    resend_confirmation,
    return_items,
    security_report,
    small_talk,
    subscription_change,
    subscription_status,
    suggestion,
    talk_to_person,
    technical_help,
    unhelped,
    unknown,
)

WORKFLOWS: dict[str, Workflow] = {
    flow.name: flow
    for flow in (
        order_status.WORKFLOW,
        refund.WORKFLOW,
        refund_status.WORKFLOW,
        cancel_order.WORKFLOW,
        change_address.WORKFLOW,
        change_payment.WORKFLOW,
        replace_items.WORKFLOW,
        return_items.WORKFLOW,
        exchange_items.WORKFLOW,
        resend_confirmation.WORKFLOW,
        invoice_copy.WORKFLOW,
        billing_dispute.WORKFLOW,
        account_change.WORKFLOW,
        password_reset.WORKFLOW,
        subscription_change.WORKFLOW,
        subscription_status.WORKFLOW,
        close_account.WORKFLOW,
        answer_question.WORKFLOW,
        page_or_person.WORKFLOW,
        technical_help.WORKFLOW,
        talk_to_person.WORKFLOW,
        security_report.WORKFLOW,
        suggestion.WORKFLOW,
        small_talk.WORKFLOW,
        prepare.WORKFLOW,
        unhelped.WORKFLOW,
        unknown.WORKFLOW,
    )
}
