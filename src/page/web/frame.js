// What every screen can do: buttons that post, and folders that are copied.
//
// `data-post` names the address, `data-body` the JSON, `data-sure` a question asked first. A field names its button in `data-for`, and
// in `data-number` what that waits for.

import { all, clear, follow, on, part, post, show } from "./post.js";

on(document, "click", ({ target }) => {
  const button = target.closest("button");
  const { copy, post: path } = button?.dataset ?? {};
  if (copy !== undefined) void navigator.clipboard.writeText(copy);
  if (path !== undefined) void press(button);
});

on(document, "input", ({ target }) => {
  const { number, for: id } = target.dataset;
  if (number !== undefined) part[id].disabled = digits(target.value) !== Number(number);
});

async function press(button) {
  const { post: path, body = "{}", sure } = button.dataset;
  if (sure !== undefined && !confirm(sure)) return;
  const json = JSON.parse(body);
  for (const field of all(`[data-for="${button.id}"]`)) {
    json[field.name] = field.type === "checkbox" ? field.checked : digits(field.value);
  }
  button.disabled = true;
  clear();
  try {
    follow(await confirmed(path, json));
  } catch (error) {
    show(error);
  }
  button.disabled = false;
}

/** Posts, and asks the person what the program asks for: `sure`, or a number as `typed`. */
async function confirmed(path, json) {
  try {
    return await post(path, json);
  } catch (error) {
    const { asks, what, where, hint } = error.problem ?? {};
    if (asks === undefined) throw error;
    const words = [what, where, hint].flat().join("\n");
    const said = asks === "sure" ? confirm(words) || null : prompt(words);
    if (said === null) throw error;
    return confirmed(path, { ...json, [asks]: said === true || digits(said) });
  }
}

/** People type what they read: 1,078. */
function digits(text) {
  return Number(text.replace(/[,，\s]/g, ""));
}
