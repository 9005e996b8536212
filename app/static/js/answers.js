// An answer that is not ours (a proxy's page, a cut line) never takes the place of what stands in the page.
// <body data-too-large="…" data-away="…"> holds the words; every answer of ours bears X-Request-Id.
{
let told = null;
const tell = (text) => {
  told?.remove();
  told = document.createElement("div");
  told.className = "note note-error";
  told.setAttribute("role", "alert");
  told.append(Object.assign(document.createElement("span"), { textContent: text }));
  document.getElementById("flash")?.append(told);
};
addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (xhr.getResponseHeader("X-Request-Id")) { told?.remove(); told = null; return; }
  detail.shouldSwap = false;
  tell(xhr.status === 413 ? document.body.dataset.tooLarge : document.body.dataset.away);
});
addEventListener("htmx:sendError", () => tell(document.body.dataset.away));
}
