// Small habits of every page. Each works by a data attribute, also after htmx has swapped.

// "/" goes to the search box, unless one is typing.
const typing = (el) => el.closest("input, textarea, select, [contenteditable]");
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.isComposing && !typing(event.target)) {
    const box = [...document.querySelectorAll("[data-search]")].find((one) => one.offsetParent);
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  }
  if (event.key === "Escape") shut();
});

// Menus and sheets (<details>) close on Escape, on a click elsewhere, and after a choice.
function shut(except) {
  for (const one of document.querySelectorAll("details.pop[open], details.sheet[open]"))
    if (one !== except) { if (one.contains(document.activeElement)) one.querySelector("summary").focus(); one.open = false; }
}
addEventListener("click", (event) => {
  const inside = event.target.closest("details.pop, details.sheet");
  const keep = inside && !event.target.closest("a, button") ? inside : undefined;
  setTimeout(() => shut(keep)); // not at once: a form forgets which button was pressed when focus leaves it
  event.target.closest("[data-dismiss]")?.parentElement.remove();
});

// [data-copy="text"] copies, and says so with the word in data-copied.
addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
  const word = button.dataset.copied;
  if (!word || button.textContent === word) return;
  const was = [...button.childNodes];
  button.textContent = word;
  setTimeout(() => button.replaceChildren(...was), 1500);
});

// Back and forward return to where one was. Only numbers are kept, never content.
const place = () => "scroll " + location.pathname + location.search;
history.scrollRestoration = "manual";
let here = place(), at = 0;
addEventListener("scroll", () => { at = scrollY; }, { passive: true });
const keep = () => sessionStorage.setItem(here, at);
const back = () => { here = place(); scrollTo(0, at = +sessionStorage.getItem(here) || 0); };
addEventListener("pagehide", keep);
addEventListener("popstate", keep);
addEventListener("htmx:beforeHistoryUpdate", keep);
addEventListener("htmx:pushedIntoHistory", () => { here = place(); at = scrollY; });
addEventListener("htmx:historyCacheMissLoad", back);
const arrival = performance.getEntriesByType("navigation")[0]?.type;
if (arrival === "back_forward" || arrival === "reload") back();

// <form data-leave> signs out: nothing of this person's stays in the tab.
addEventListener("submit", (event) => { if (event.target.matches("[data-leave]")) { removeEventListener("pagehide", keep); sessionStorage.clear(); } });

// A window that nobody looks at asks for nothing.
addEventListener("htmx:beforeRequest", (event) => {
  const { target } = event, asks = target.getAttribute("hx-trigger")?.startsWith("every");
  if (document.hidden && asks && !target.hasAttribute("data-in-background")) event.preventDefault();
});
