// A board: dragging a card, or pressing an arrow key on it, presses the button of its own «移到».
// Without JS the buttons are there all the same.

let dragged = null;

const columns = () => [...document.querySelectorAll("[data-column]")];

function put(card, column) {
  const button = card.querySelector(`button[value$="~${column.dataset.column}"]`);
  if (button) button.click();
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest ? event.target.closest("[data-card]") : null;
  if (!dragged) return;
  dragged.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
});

document.addEventListener("dragover", (event) => {
  const column = dragged && event.target.closest("[data-column]");
  for (const one of columns()) one.classList.toggle("is-over", one === column);
  if (column) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const column = dragged && event.target.closest("[data-column]");
  if (!column) return;
  event.preventDefault();
  put(dragged, column);
});

document.addEventListener("dragend", () => {
  if (dragged) dragged.classList.remove("is-dragged");
  for (const one of columns()) one.classList.remove("is-over");
  dragged = null;
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !event.target.matches("[data-card]")) return;
  const all = columns();
  const beside = all[all.indexOf(event.target.closest("[data-column]")) + step];
  if (!beside) return;
  event.preventDefault();
  put(event.target, beside);
});
