"""Two colleagues reach for the same conversation: one wins, the other hears who."""

from tests import make


def test_the_second_to_claim_a_conversation_is_told_who_won(browser, amy, ben):
    chat = make.conversation(make.customer("赵敏"))
    assert browser.as_(ben).post(f"/inbox/{chat.id}/claim").status_code == 303
    late = browser.as_(amy).post(f"/inbox/{chat.id}/claim")
    assert late.status_code == 409
    assert "小本" in late.text
    assert browser.as_(amy).get(f"/inbox/{chat.id}").status_code == 404


def test_a_customer_who_was_claimed_takes_the_conversation_along(browser, amy, ben):
    pooled = make.customer("赵敏")
    chat = make.conversation(pooled)
    browser.as_(ben).post(f"/customers/{pooled.id}/claim")
    late = browser.as_(amy).post(f"/inbox/{chat.id}/claim")
    assert late.status_code == 409
    assert "已经被小本认领了" in late.text
    assert browser.as_(amy).get(f"/customers/{pooled.id}").status_code == 404


def test_a_conversation_that_one_never_saw_is_not_hinted_at(browser, ben, lin):
    chat = make.conversation(lin)
    assert browser.as_(ben).post(f"/inbox/{chat.id}/claim").status_code == 404
