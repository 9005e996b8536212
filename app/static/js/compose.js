// Writing: Enter sends, drafts stay, the thread follows. For pages with a composer.

// <textarea data-enter-sends>: Enter sends, Shift+Enter breaks the line. Never the Enter that ends Chinese input.
addEventListener("keydown", (event) => {
  const area = event.target;
  if (!area.matches?.("textarea[data-enter-sends]") || event.key !== "Enter" || event.shiftKey) return;
  if (event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (area.value.trim()) area.form.requestSubmit();
});

// <textarea data-draft="key">: what was typed survives leaving the page, until its form was accepted.
const slot = (area) => "draft " + area.dataset.draft;
const fill = (root) => {
  for (const area of root.querySelectorAll("textarea[data-draft]"))
    if (!area.value) area.value = sessionStorage.getItem(slot(area)) || "";
};
addEventListener("input", ({ target }) => {
  if (!target.matches("textarea[data-draft]")) return;
  if (target.value) sessionStorage.setItem(slot(target), target.value);
  else sessionStorage.removeItem(slot(target));
});

// After a form was accepted: forget the draft, empty the box, be ready for the next line.
let sent = null;
addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt.closest?.("form"), area = form?.querySelector("textarea");
  if (!area || detail.requestConfig.verb === "get" || detail.xhr.status >= 300) return;
  sessionStorage.removeItem(slot(area));
  sent = area.hasAttribute("data-enter-sends") && form;
  if (sent) area.value = "";
});
addEventListener("submit", ({ target }) => {
  if (target.hasAttribute("hx-post")) return;
  for (const area of target.querySelectorAll("textarea[data-draft]")) sessionStorage.removeItem(slot(area));
});

// [data-stick-bottom="key"] shows the newest, unless one is reading further up. Another key is another thread.
const box = () => document.querySelector("[data-stick-bottom]");
const down = () => { if (box()) box().scrollTop = box().scrollHeight; };
let read = null;
addEventListener("htmx:beforeSwap", () => {
  const it = box(), low = !it || it.scrollHeight - it.scrollTop - it.clientHeight < 80;
  read = low ? null : { key: it.dataset.stickBottom, at: it.scrollTop };
});
addEventListener("htmx:afterSettle", () => {
  fill(document);
  if (read && !sent && box()?.dataset.stickBottom === read.key) box().scrollTop = read.at;
  else down();
  if (sent) (sent.isConnected ? sent : document).querySelector("textarea[data-enter-sends]")?.focus();
  sent = null;
});
fill(document);
down();

// While a voice or a film is playing, what is around it stays as it is.
addEventListener("htmx:beforeRequest", (event) => {
  const media = event.target.querySelectorAll("audio, video");
  if (event.target.getAttribute("hx-trigger")?.startsWith("every") && [...media].some((one) => !one.paused && !one.ended)) event.preventDefault();
});
