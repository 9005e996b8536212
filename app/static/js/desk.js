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
addEventListener("click", (event) => {
  const link = event.target.closest("[data-desk] a");
  if (!link || !wide.matches || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const { desk } = link.closest("[data-desk]").dataset;
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: desk, swap: "outerHTML", push: "true" });
});
addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "desk") document.querySelector(".inbox")?.classList.replace("at-list", "at-thread");
});
addEventListener("htmx:afterSettle", mark);
addEventListener("htmx:pushedIntoHistory", mark);
mark();
}
