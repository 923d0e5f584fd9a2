// What every screen can do: buttons that post, and folders that are copied.
//
// `data-post` names the address, `data-body` the JSON, `data-sure` a question that is asked first.

import { all, clear, follow, on, post, show } from "./post.js";

on(document, "click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.dataset.copy !== undefined) void navigator.clipboard.writeText(button.dataset.copy);
  if (button?.dataset.post !== undefined) void press(button);
});

async function press(button) {
  const { post: path, body = "{}", sure } = button.dataset;
  if (sure !== undefined && !confirm(sure)) return;
  const json = JSON.parse(body);
  // The boxes that belong to the button.
  for (const box of all(`[data-for="${button.id}"]`)) json[box.name] = box.checked;
  button.disabled = true;
  clear();
  try {
    follow(await post(path, json));
  } catch (error) {
    show(error);
  }
  button.disabled = false;
}
