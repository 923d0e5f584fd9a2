// The last look: the button waits for the number that was asked for, and Enter in its field does not send.

import { clear, follow, on, part, post, show } from "./post.js";

const { send: form, confirm: button, typed } = part;
const { check, number, to } = form.dataset;

on(form, "submit", (event) => event.preventDefault());
if (typed !== null) on(typed, "input", () => {
  // People type what they read: 1,078.
  button.disabled = typed.value.replace(/[,，\s]/g, "") !== number;
});
on(button, "click", async () => {
  button.disabled = true;
  clear();
  try {
    follow(await post("send", { check: Number(check), typed: typed && Number(number), to }));
  } catch (error) {
    button.disabled = false;
    show(error);
  }
});
