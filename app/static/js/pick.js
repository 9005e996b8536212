// <button data-pick-all> ticks every box of its card, or none when all are ticked. Without it one ticks by hand.

for (const button of document.querySelectorAll("[data-pick-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...button.closest(".card").querySelectorAll(".pick")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}
