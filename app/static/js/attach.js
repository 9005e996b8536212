// A picture or a voice that is about to be sent is seen, or heard, first.

// <input type="file"> beside [data-preview]: the chosen file is shown before it goes.
const show = (input) => {
  const box = input.closest(".attach-panel").querySelector("[data-preview]"), file = input.files[0];
  input.setCustomValidity(file?.size > +input.dataset.most ? input.dataset.tooLarge : "");
  input.reportValidity(); // before many megabytes have gone in vain
  if (!box) return;
  if (box.src) URL.revokeObjectURL(box.src);
  box.hidden = !file;
  if (file) box.src = URL.createObjectURL(file);
  else box.removeAttribute("src");
};
addEventListener("change", ({ target }) => { if (target.matches?.(".attach-panel input[type=file]")) show(target); });

// A picture that is pasted into the answer, or dropped on the thread, is put there as if chosen.
const put = (event, files) => {
  const input = document.querySelector("[data-picture]");
  const picture = [...files].find((file) => file.type.startsWith("image/"));
  if (!input || !picture) return;
  event.preventDefault();
  const held = new DataTransfer();
  held.items.add(picture);
  input.files = held.files;
  input.closest("details").open = true;
  show(input);
  input.form.querySelector("[type=submit]").focus();
};
addEventListener("paste", (event) => { if (event.target.closest?.(".composer")) put(event, event.clipboardData.files); });
addEventListener("drop", (event) => { if (event.target.closest?.("#thread")) put(event, event.dataTransfer.files); });
addEventListener("dragover", (event) => { if (event.target.closest?.("#thread") && document.querySelector("[data-picture]")) event.preventDefault(); });
