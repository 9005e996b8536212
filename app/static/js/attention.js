// Somebody wants me: the number in the title, and for whoever chose so a sound and a notice.

let known = null;
const named = () => document.title.replace(/^\(\d+\+?\) /, "");
const entitle = () => {
  const title = (known ? `(${known > 99 ? "99+" : known}) ` : "") + named();
  if (document.title !== title) document.title = title;
};

// <div id="attention" data-unread="3" [data-sound] [data-notices="words"]> comes anew when the number changed.
addEventListener("htmx:load", ({ target }) => {
  const mark = target.id === "attention" ? target : target.querySelector?.("#attention");
  if (!mark) return;
  const unread = +mark.dataset.unread, more = known !== null && unread > known;
  known = unread;
  entitle();
  if (more && "sound" in mark.dataset) ring();
  if (more && document.hidden && mark.dataset.notices) notice(mark.dataset.notices);
});

addEventListener("htmx:afterSettle", entitle); // what came may have brought a title of its own

// Two short tones. Browsers allow them only after one has clicked somewhere: until then, silence.
function ring() {
  try {
    const air = new AudioContext(), volume = air.createGain();
    volume.gain.value = 0.08;
    volume.connect(air.destination);
    for (const [pitch, at] of [[880, 0], [1175, 0.15]]) {
      const tone = air.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start(air.currentTime + at);
      tone.stop(air.currentTime + at + 0.12);
    }
    setTimeout(() => air.close(), 600);
  } catch { /* no sound here */ }
}

// Never a customer's words: a shop's screen is seen by everybody.
function notice(words) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(named().split(" · ").pop(), { body: words, tag: "shuke" });
  shown.onclick = () => { focus(); location.href = "/inbox"; };
}

// <input data-asks-notices>: the browser is asked when one ticks that choice, and never otherwise.
addEventListener("change", ({ target }) => {
  const wish = target.matches("[data-asks-notices]") && target.checked && "Notification" in window;
  if (wish && Notification.permission === "default") Notification.requestPermission();
});
