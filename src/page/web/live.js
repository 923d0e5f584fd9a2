// A run while it sends: a stream of snapshots while the page is seen, a question every five seconds while it is not.
//
// A browser has six connections for all tabs together: a hidden tab gives its own back.

import { all, get, on, part, show, write } from "./post.js";

const POLL_MS = 5000;

const { live, remind } = part;
/** @type {EventSource | undefined} */
let stream;
let timer = 0;
let spoken = `${live.dataset.phase}0`;
let isToRemind = false;

on(document, "visibilitychange", watch);
on(remind, "click", async () => {
  isToRemind = (await Notification.requestPermission()) === "granted";
  remind.disabled = true;
});
watch();

function watch() {
  stop();
  if (document.hidden) void poll();
  else listen();
}

function stop() {
  stream?.close();
  clearTimeout(timer);
}

function listen() {
  stream = new EventSource("events");
  on(stream, "progress", (event) => take(JSON.parse(event.data)));
  on(stream, "ended", end);
  // One question says what is the matter.
  on(stream, "error", () => void poll());
}

async function poll() {
  stop();
  try {
    take(await get("progress"));
  } catch (error) {
    show(error);
  }
  timer = window.setTimeout(document.hidden ? poll : watch, POLL_MS);
}

function take(snapshot) {
  const { phase, percent, items } = snapshot;
  if (phase === "ended") return end();
  live.dataset.phase = phase;
  part.bar.setAttribute("aria-valuenow", percent);
  part.bar.setAttribute("aria-valuetext", snapshot.left);
  part.progress.value = percent;
  for (const name of ["says", "percent", "left", "calls"]) part[name].textContent = snapshot[name];
  for (const count of all("[data-count]")) count.textContent = items[count.dataset.count].toLocaleString("en-US");
  write(part.notes, { where: snapshot.notes });
  part.pause.disabled = phase === "stopping";
  part.stop.hidden = !snapshot.can_stop_at_once;
  document.title = `${percent} % ${live.dataset.name} – ${document.title.split(" – ").at(-1)}`;
  speak(snapshot);
}

/** A screen reader hears quarters and changes of phase, nothing else. */
function speak({ phase, percent, says, left }) {
  const quarter = Math.floor(percent / 25);
  if (spoken === phase + quarter) return;
  spoken = phase + quarter;
  part.spoken.textContent = `${says} ${left}`;
}

function end() {
  stop();
  if (isToRemind) new Notification(remind.dataset.done);
  location.reload();
}
