"""What makes a password too easy to guess."""

import pytest

from app.core.errors import Refused
from app.staff import passwords


def test_the_list_is_long_and_clean():
    known = passwords.common()
    assert len(known) > 3000
    assert all(one == one.casefold() and one.split() == [one] for one in known)


@pytest.mark.parametrize(
    "password",
    [
        "12345678", "password", "Password1", "qwertyuiop", "iloveyou", "sunshine", "Sunshine2031!",
        "princess", "football", "trustno1", "1qaz2wsx", "zaq12wsx", "1q2w3e4r", "qazwsxedc",
        "a1234567", "aa123456", "abc12345", "88888888", "66668888", "11223344", "12341234",
        "5201314520", "woaini1314", "woaini520", "1314520520", "aini1314",
        "wang123456", "zhangwei123", "beijing2008", "mima123456", "admin888", "weixin123",
        "shuke123", "7758521520",
        "147258369", "789456123", "abcabcabc", "aaaaaaaa", "ababababab",
        "ｐａｓｓｗｏｒｄ", " password ",
        "iloveyou!!!!", "123woaini1314", "qwer1234", "asdfghjkl", "12345678910",
    ],
)  # fmt: skip
def test_what_everybody_types_is_refused(password):
    with pytest.raises(Refused):
        passwords.check(password, "amy")


@pytest.mark.parametrize(
    "password",
    [
        "19880514",
        "1988-05-14",
        "05141988",
        "14051988",
        "1988年05月14日",
        "13800138000",
        "+8613800138000",
    ],
)
def test_birthdays_and_mobile_numbers_are_refused(password):
    with pytest.raises(Refused, match="生日"):
        passwords.check(password, "amy")


@pytest.mark.parametrize("password", ["xiaohe88", "2024xiaohe", "xiaohe!!!", "xiaohexiaohe"])
def test_ones_own_name_is_refused(app, password):
    with pytest.raises(Refused):
        passwords.check(password, "xiaohe")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129, "a good pass\0word"])
def test_too_short_too_long_and_torn_ones_are_refused(password):
    with pytest.raises(Refused, match="8 到 128"):
        passwords.check(password, "amy")


@pytest.mark.parametrize(
    "password",
    [
        "a good password",
        "今天天气真不错呀",
        "correct horse battery",
        "🐼🐼 吃竹子 很开心",
        "tR7#kQ92m",
        "x" * 5 + "y7z" * 9,
    ],
)
def test_a_sentence_is_welcome(app, password):
    passwords.check(password, "amy")
