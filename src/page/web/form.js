// Forms: their fields become JSON and are posted; no form is ever sent by the browser itself.
//
// A field named `given.sheet` becomes `{"given": {"sheet": …}}`. A form with an output shows in it what the answer says.

import { all, clear, follow, on, part, post, show } from "./post.js";

for (const form of all("form[data-submit]")) on(form, "submit", submit);
for (const month of all("[data-month]")) askMonth(month);

async function submit(event) {
  event.preventDefault();
  clear();
  const form = event.currentTarget;
  const body = {};
  for (const [name, value] of new FormData(form)) put(body, name.split("."), value);
  try {
    const answer = await post(form.dataset.submit, body);
    const says = form.querySelector("output[role]");
    if (says === null) follow(answer);
    else says.textContent = answer.says ?? "✓";
  } catch (error) {
    show(error);
  }
}

function put(body, path, value) {
  const [first, ...rest] = path;
  if (rest.length === 0) body[first] = value;
  else put((body[first] ??= {}), rest, value);
}

/** Joins year and month, and says which weekday the month begins with. */
function askMonth(group) {
  const { year, month, joined } = part;
  const { lang } = document.documentElement;
  const change = () => {
    joined.value = year.value + month.value;
    const first = new Date(year.value, month.value - 1, 1);
    const say = (format) => new Intl.DateTimeFormat(lang, format).format(first);
    const day = say({ month: "long", day: "numeric" });
    part["first-day"].textContent = group.dataset.month.replace("{day}", day).replace("{weekday}", say({ weekday: "long" }));
  };
  on(group, "change", change);
  change();
}
