import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.customers import words
from app.customers.words import SCOPE, Term, matches, query, sort_key, tokens

bounded = settings(max_examples=80, derandomize=True, deadline=None, database=None)
chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=9)
anything = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from("王芳曾aZ09 \0\t\n\u200f\u202eאب👨‍👩‍👧é①½〇々ア한１" + SCOPE),
    ),
    max_size=60,
)


def indexed(typed, name, phones=(), texts=()):
    """Whether an index of exact tokens would offer the customer."""
    known = tokens(name, phones=phones, texts=texts)
    return all(
        any(t.startswith(term.text) if term.prefix else t == term.text for t in known)
        for term in query(typed)
    )


def found(typed, name, phones=(), texts=()):
    hit = matches(typed, name, phones, texts)
    if hit:
        assert indexed(typed, name, phones, texts), "what matches must be offered by the index"
    return hit


@pytest.mark.parametrize(
    "typed",
    ["王", "芳", "王芳", "wang", "WANG", "fang", "wangfang", "wangf", "wf", "f", "ｗａｎｇ"],
)
def test_a_name_is_found_by_its_pieces_its_pinyin_and_its_initials(typed):
    assert found(typed, "王芳")


@pytest.mark.parametrize("typed", ["李", "芳王", "li", "angfang", "fw", "x"])
def test_a_name_is_not_found_by_what_it_is_not(typed):
    assert not found(typed, "王芳")


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("曾敏", ("zengmin", "cengmin", "zm", "cm")),
        ("单雄", ("shanxiong", "danxiong", "sx")),
        ("仇英", ("qiuying", "chouying")),
        ("解珍", ("xiezhen", "jiezhen")),
        ("查良", ("zhaliang", "chaliang")),
        ("乐嘉", ("yuejia", "lejia", "yj", "lj")),
        ("重阳", ("chongyang", "zhongyang")),
        ("吕布", ("lvbu", "lyubu", "lb")),
    ],
)
def test_a_surname_answers_to_each_of_its_readings(name, both):
    assert all(found(typed, name) for typed in both)


def test_a_name_with_many_readings_keeps_a_bounded_number_of_tokens():
    assert len(tokens("乐重解查单曾仇长行朝都和" * 20)) < 700


@pytest.mark.parametrize("typed", ["8000", "00138000", "13800138000", "138", "+86 138-0013-8000"])
def test_a_phone_is_found_by_its_tail_its_head_and_as_a_whole(typed):
    assert found(typed, "", ["+8613800138000"])


@pytest.mark.parametrize(
    "typed", ["38000", "138000", "8613800138000", "008613800138000", "0138000"]
)
def test_a_longer_tail_is_looked_up_by_four_digits_and_then_checked(typed):
    assert query(typed) == [Term("8000")]
    assert found(typed, "", ["+8613800138000"])
    assert not found("9" + typed, "", ["+8613800138000"])


@pytest.mark.parametrize("typed", ["02162345678", "021-62345678", "62345678", "5678", "2162345678"])
def test_a_landline_is_found_with_and_without_its_area(typed):
    assert found(typed, "", ["+862162345678"])


def test_a_tail_that_only_shares_four_digits_is_refused_by_the_recheck():
    assert indexed("998000", "", ["+8613800138000"])
    assert not found("998000", "", ["+8613800138000"])


def test_notes_are_found_by_two_characters_words_and_numbers_but_not_by_one_character():
    note = "对花生过敏，喜欢 Latte，订单 20240305123456"
    assert found("花生", "", (), [note])
    assert found("花生过敏", "", (), [note])
    assert found("latt", "", (), [note])
    assert found("20240305123456", "", (), [note])
    assert found("123456", "", (), [note])
    assert not found("花", "", (), [note])
    assert not found("huasheng", "", (), [note])


def test_pairs_in_the_wrong_order_do_not_pass_the_recheck():
    assert indexed("王芳王", "王芳芳王 ")
    assert not found("王芳王", "王芳芳王")


def test_all_words_of_a_search_must_fit():
    assert found("wang 8000", "王芳", ["+8613800138000"])
    assert not found("li 8000", "王芳", ["+8613800138000"])


def test_a_search_is_cut_to_eight_terms_and_a_hundred_characters():
    assert len(query("a1b2c3d4e5f6g7h8")) == words.MOST_TERMS
    assert query("a" * 5_000) == [Term("a" * words.LONGEST_TOKEN, prefix=True)]


@pytest.mark.parametrize("typed", ["", "  ", "!?", "👍", "\0", "\ud800", SCOPE])
def test_what_holds_nothing_to_search_asks_nothing_and_finds_nobody(typed):
    assert query(typed) == []
    assert not matches(typed, typed, [], [])


def test_the_scope_character_never_comes_from_a_persons_text():
    assert query(f"{SCOPE}7") == [Term("7")]
    assert not any(SCOPE in t for t in tokens(f"王{SCOPE}7", texts=[f"x{SCOPE}0 y"]))


def test_an_invisible_mark_inside_a_name_does_not_hide_it():
    assert found("王芳", "王\u200b芳")
    assert found("葛城", "葛\U000e0100城")


def test_arabic_digits_and_full_width_digits_are_the_same_digits():
    assert found("٨٠٠٠", "", ["+8613800138000"])
    assert found("８０００", "", ["+8613800138000"])


@bounded
@given(st.data())
def test_any_piece_of_a_chinese_name_finds_it(data):
    name = data.draw(chinese)
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert matches(name[start:end], name, [], [])
    assert indexed(name[start:end], name)


@bounded
@given(st.lists(anything, max_size=4), st.lists(anything, max_size=4), anything)
def test_the_index_does_not_depend_on_the_order_of_phones_and_notes(phones, texts, name):
    assert tokens(name, phones=phones, texts=texts) == tokens(
        name, phones=phones[::-1], texts=texts[::-1]
    )


@bounded
@given(anything, anything, anything, anything)
def test_no_text_breaks_the_index_and_no_token_leaves_the_agreed_characters(
    typed, name, phone, note
):
    asked = query(typed)
    for token in [*tokens(name, phones=[phone], texts=[note]), *(t.text for t in asked)]:
        assert 0 < len(token) <= words.LONGEST_TOKEN
        assert SCOPE not in token
        assert all(unicodedata.category(c)[0] in "LN" for c in token)
    assert len(asked) <= words.MOST_TERMS
    if matches(typed, name, [phone], [note]):
        assert indexed(typed, name, [phone], [note])
    assert len(sort_key(name).encode()) <= words.LONGEST_KEY * 4


few = st.text(st.sampled_from("王芳林曾wfx89 -"), max_size=8)


@given(few, few, few, st.lists(st.sampled_from(["+8613800138821", "+862112345678"]), max_size=1))
def test_what_is_plain_is_told_by_the_index_alone(typed, name, text, phones):
    if words.is_plain(typed) and query(typed):
        assert matches(typed, name, phones, [text]) == indexed(typed, name, phones, [text])


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("王芳", True), ("芳", True), ("wangf", True), ("88", True), ("8821", True), ("王 8821", True),
     ("王小芳", False), ("88210", False), ("é", False), ("𠀀", False)],
)  # fmt: skip
def test_longer_pieces_need_a_second_look(typed, plain):
    assert words.is_plain(typed) is plain


def test_names_stand_in_the_order_of_their_pinyin():
    ordered = ["Ann", "曾敏", "李雷", "单雄", "王芳", "王芳芳", "王 军", "尉迟恭", "查良", "🌹"]
    shuffled = sorted(ordered)
    keys = ["ann", "li", "shan", "wang fang", "wang fang fang", "wang jun", "yu chi", "zeng", "zha"]
    keyed = sorted(map(sort_key, shuffled))
    assert [k.startswith(start) for k, start in zip(keyed, [*keys, "~"], strict=True)] == [
        True
    ] * 10


def test_a_sort_key_ends_with_the_name_and_has_a_bound():
    assert sort_key("王芳") == "wang fang  王芳"
    assert sort_key("ANN") == "ann  ANN"
    assert sort_key("重庆小面").startswith("zhong qing")
    assert len(sort_key("王" * 500)) <= words.LONGEST_KEY
    assert sort_key("") == "~"
