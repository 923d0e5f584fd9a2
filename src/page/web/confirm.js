// The last look: the button is enabled when the number that was asked for stands in the field, and Enter in the field does not send.

import { clear, follow, part, post, show } from "./post.js";

const { send: form, confirm: button, typed } = part;
const { check, number, to } = form.dataset;

form.addEventListener("submit", (event) => event.preventDefault());
typed?.addEventListener("input", () => {
  // People type what they read: 1,078.
  button.disabled = typed.value.replace(/[,，\s]/g, "") !== number;
});
button.addEventListener("click", async () => {
  button.disabled = true;
  clear();
  try {
    follow(await post("send", { check: Number(check), typed: typed && Number(number), to }));
  } catch (error) {
    button.disabled = false;
    show(error);
  }
});
