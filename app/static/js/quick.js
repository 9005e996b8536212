// Quick replies: "/" in an empty composer opens them, typing finds, arrows choose, Enter or a tap puts one in.
{ // a room of its own: names of other scripts stay theirs
// <details data-quick-box> … <input data-quick-find> <a data-quick="7" data-words="yysj 营业时间" data-text="…">
const quickBox = () => document.querySelector("details[data-quick-box]");
const composer = () => document.querySelector("textarea[data-enter-sends]");
const choices = () => [...quickBox().querySelectorAll("[data-quick]:not([hidden])")];
const mark = (one) => {
  for (const each of quickBox().querySelectorAll("[data-quick][aria-current]")) each.removeAttribute("aria-current");
  if (one) { one.setAttribute("aria-current", "true"); one.scrollIntoView({ block: "nearest" }); }
};
const shutQuick = () => { quickBox().open = false; composer().focus(); };

const holds = (id, picture) => {
  composer().form.querySelector("[name=quick]").value = id;
  composer().form.querySelector("[data-quick-extra]").hidden = !picture;
};

const insert = (one) => {
  const area = composer();
  area.setRangeText(one.dataset.text, area.selectionStart, area.selectionEnd, "end");
  holds(one.dataset.quick, one.dataset.picture);
  area.dispatchEvent(new Event("input", { bubbles: true }));
  shutQuick();
};

addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
  if (event.key === "/" && event.target === composer() && !composer().value && quickBox()) {
    event.preventDefault();
    quickBox().open = true;
    quickBox().querySelector("[data-quick-find]")?.focus();
  }
  if (!event.target.matches?.("[data-quick-find]")) return;
  const all = choices(), at = all.findIndex((one) => one.hasAttribute("aria-current"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) mark(all[(at + step + all.length) % all.length]);
  else if (event.key === "Enter" && all.length) insert(all[Math.max(at, 0)]);
  else if (event.key === "Escape") shutQuick();
  else return;
  event.preventDefault();
});
addEventListener("input", ({ target }) => {
  if (target === composer() && !target.value) holds("", "");
  if (!target.matches("[data-quick-find]")) return;
  const sought = target.value.trim().toLowerCase();
  for (const one of quickBox().querySelectorAll("[data-quick]")) one.hidden = !one.dataset.words.includes(sought);
  mark(choices()[0]);
});
addEventListener("click", (event) => {
  const one = event.target.closest?.("details[data-quick-box] [data-quick]");
  if (one) { event.preventDefault(); insert(one); }
});

// What comes when the box was opened takes the typing at once.
addEventListener("htmx:afterSettle", ({ target }) => {
  if (quickBox()?.open && target.closest?.("[data-quick-box]")) target.querySelector("[data-quick-find]")?.focus();
});
}
