// Import: a file is dropped or chosen and goes to the program as it is.

import { answerOf, clear, follow, lost, on, part, show } from "./post.js";

const { drop: zone, file: input, uploaded: bar, uploading } = part;
/** @type {XMLHttpRequest | null} Nothing while no file is on its way. */
let request = null;

on(part.choose, "click", () => input.click());
on(part.cancel, "click", () => {
  const sending = request;
  request = null;
  sending?.abort();
});
on(input, "change", () => upload(input.files[0]));

// Anywhere on the page: a file that misses the zone must not replace the page.
for (const name of ["dragover", "dragleave", "drop"]) {
  on(document, name, (/** @type {any} */ event) => {
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name === "drop") upload(event.dataTransfer.files[0]);
  });
}

function upload(file) {
  if (file === undefined || request !== null) return;
  clear();
  // `fetch` cannot tell how much of a body has left.
  const sending = new XMLHttpRequest();
  request = sending;
  sending.open("POST", `${zone.dataset.upload}?name=${encodeURIComponent(file.name)}`);
  sending.setRequestHeader("Content-Type", "application/octet-stream");
  sending.setRequestHeader("X-Feishu-Bulk", "1");
  on(sending.upload, "progress", ({ loaded, total }) => (bar.value = (100 * loaded) / (total || 1)));
  on(sending, "loadend", () => ended(sending));
  part.name.textContent = file.name;
  uploading.hidden = false;
  sending.send(file);
}

function ended({ status, responseText }) {
  const isCancelled = request === null;
  request = null;
  input.value = "";
  bar.value = 0;
  uploading.hidden = true;
  if (isCancelled) return;
  try {
    if (status === 0) throw lost();
    follow(answerOf(status, responseText));
  } catch (error) {
    show(error);
  }
}
