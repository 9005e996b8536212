// <ul data-desk="#desk">: where there is room for three columns, a link of it brings what it leads to into #desk, and the
// list stays as it stands. The row that is open is marked. On the phone each is a page of its own.
{
const wide = matchMedia("(min-width: 992px)");
const mark = () => {
  for (const link of document.querySelectorAll("[data-desk] a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};
// What is being sent is sent first: its answer says whether the draft may be forgotten.
const open = (where, href) => {
  const desk = document.querySelector(where), sending = desk.querySelector("form.htmx-request");
  if (sending) sending.addEventListener("htmx:afterRequest", () => open(where, href), { once: true });
  else htmx.ajax("GET", href, { source: desk, target: desk, swap: "outerHTML", push: "true" });
};
addEventListener("click", (event) => {
  const link = event.target.closest("[data-desk] a");
  if (!link || !wide.matches || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link.closest("[data-desk]").dataset.desk, link.getAttribute("href"));
});
// A list that comes anew is where the one before was.
let place = 0;
addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.target?.id === "talks") place = detail.target.scrollTop; });
addEventListener("htmx:load", ({ target }) => { if (target.id === "talks") target.scrollTop = place; });
// News of a conversation that has gone are not waited for.
const asked = new Map();
addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (target.getAttribute("hx-trigger")?.startsWith("every")) asked.set(target, detail.xhr);
});
addEventListener("htmx:afterSettle", () => {
  for (const [one, request] of asked) if (!one.isConnected && asked.delete(one)) request.onload = null;
  if (document.querySelector("#desk [data-enter-sends]")) document.querySelector(".inbox").classList.replace("at-list", "at-thread");
  mark();
});
addEventListener("htmx:pushedIntoHistory", mark);
mark();
}
