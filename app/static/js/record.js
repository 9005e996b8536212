// <button data-record data-stop="Stop"> records into the file box of its .attach-panel, a minute at most.
// Without a microphone or without https it stays hidden: the file box does the same.

const LONGEST = 60; // seconds that the platform takes
const can = () => Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia);
const offer = () => { for (const one of document.querySelectorAll("[data-record]")) one.hidden = !can(); };
let recorder = null;

const end = () => { if (recorder?.state === "recording") recorder.stop(); };

async function begin(button) {
  let sound;
  try { sound = await navigator.mediaDevices.getUserMedia({ audio: true }); } catch { button.hidden = true; return; }
  const heard = [], word = button.querySelector("span"), was = word.textContent, from = Date.now();
  const say = () => {
    const seconds = Math.floor((Date.now() - from) / 1000);
    word.textContent = `${button.dataset.stop} 0:${String(seconds).padStart(2, "0")}`;
    if (seconds >= LONGEST || !button.isConnected) end();
  };
  recorder = new MediaRecorder(sound, { audioBitsPerSecond: 48000 });
  const clock = setInterval(say, 250);
  recorder.addEventListener("dataavailable", ({ data }) => heard.push(data));
  recorder.addEventListener("stop", () => {
    clearInterval(clock);
    for (const track of sound.getTracks()) track.stop();
    word.textContent = was;
    const input = button.closest(".attach-panel")?.querySelector("input[type=file]");
    if (!input || !heard.length) return;
    const held = new DataTransfer();
    held.items.add(new File(heard, "voice", { type: recorder.mimeType }));
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  recorder.start();
  say();
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-record]");
  if (!button) return;
  if (recorder?.state === "recording") end();
  else begin(button);
});
addEventListener("pagehide", end);
addEventListener("htmx:afterSettle", offer);
offer();
