"""Who is in the shop: customers on practice phones, colleagues at their windows."""

import asyncio
import random
import re
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, Page, Response, expect
from playwright.async_api import Error as BrowserError

from scripts.monday.house import PASSWORD, House

PHONES, SENTENCES = 40, 3
WORDS = (
    "在吗", "这款奶粉有货吗", "什么时候能到", "可以便宜点吗", "宝宝八个月穿多大", "昨天买的漏水了",
    "今天几点关门", "能送货吗", "谢谢啦", "那我下午过来拿",
)  # fmt: skip
ANSWERS = ("您好，有的", "今天晚上九点关门", "好的，给您留一件", "我帮您看看，马上回您")
PC, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
chance = random.Random(1)  # noqa: S311 - a repeatable Monday


@dataclass
class Colleague:
    name: str
    pause: float  # seconds between two looks
    size: dict[str, int]
    answered: int = 0
    lost: int = 0  # somebody else was quicker, or the page had moved on
    sent_home: bool = False
    faults: list[str] = field(default_factory=list)


async def sign_in(browser: Browser, house: House, who: Colleague) -> Page:
    context = await browser.new_context(viewport=who.size, base_url=house.address, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    page.on("pageerror", lambda error: who.faults.append(str(error)))
    page.on("response", lambda answer: _look_at(answer, who))
    await page.goto("/login")
    await page.get_by_label("登录名").fill(who.name)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_url("**/")
    return page


def _look_at(answer: Response, who: Colleague) -> None:
    if answer.status >= 500:
        who.faults.append(f"{answer.status} {answer.url}")


async def work(page: Page, who: Colleague, over: asyncio.Event) -> None:
    """Answer what is unread, one's own first, until the day is over or one is sent home."""
    while not over.is_set() and not who.sent_home:
        try:
            await _one_round(page, who)
        except (BrowserError, AssertionError):
            who.lost += 1
        who.sent_home = "/login" in page.url
        await asyncio.sleep(who.pause)


async def _one_round(page: Page, who: Colleague) -> None:
    for tab in ("mine", "free"):
        await page.goto(f"/inbox?tab={tab}")
        unread = page.locator(".talk:has(.unread)")
        if await unread.count():
            await unread.last.click(timeout=5000)
            await page.wait_for_url(re.compile(r"/inbox/\d+"), timeout=5000)
            await _answer(page, who)
            return


async def _answer(page: Page, who: Colleague) -> None:
    claim = page.get_by_role("button", name="认领", exact=True)
    if await claim.count():
        await claim.click(timeout=5000)
        await expect(claim).to_have_count(0, timeout=10_000)
    box = page.get_by_role("textbox", name="回复")
    await box.fill(chance.choice(ANSWERS), timeout=5000)
    await box.press("Enter")
    await expect(box).to_have_value("", timeout=10_000)
    who.answered += 1


# Customers ------------------------------------------------------------------------------------


class Customers:
    """Forty phones, driven by the owner's practice page through the same forms."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked = context.request
        self.phones: list[str] = []
        self.said = 0

    async def follow(self) -> None:
        token = await self._token("/practice")
        for _number in range(PHONES):
            answer = await self.asked.post("/practice", form={"csrf_token": token})
            self.phones.append(re.sub(r"^https?://[^/]+", "", answer.url))
            await self._post(self.phones[-1] + "/following", token, on="1")

    async def talk(self, seconds: float) -> None:
        token = await self._token("/practice")
        turns = [path for path in self.phones for _sentence in range(SENTENCES)]
        chance.shuffle(turns)
        for path in turns:
            await self.say(path, token)
            await asyncio.sleep(seconds / len(turns))

    async def say(self, path: str, token: str = "") -> None:
        token = token or await self._token("/practice")
        words = f"{chance.choice(WORDS)}（{self.said + 1}）"
        await self._post(path + "/messages", token, text=words)
        self.said += 1

    async def _post(self, path: str, token: str, **values: str) -> None:
        answer = await self.asked.post(path, form={"csrf_token": token, **values})
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status}")

    async def _token(self, path: str) -> str:
        page = await (await self.asked.get(path)).text()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if not found:
            raise RuntimeError("the practice page has no form")
        return found[1]
