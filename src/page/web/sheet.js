// The grid with what is around it: the reasons, which filter it, and the bar that says all about the cell in focus.

import { SheetGrid } from "./grid.js";
import { get, part, show } from "./post.js";

/** @type {SheetGrid | null} */
export const grid = document.querySelector("sheet-grid");
const list = part.reasons;
/** @type {import("./shapes").Reason[]} */
let reasons = JSON.parse(list?.dataset.reasons ?? "[]");
let withProblems = Number(list?.dataset.rows);
let only = "";

/** Does something with what the grid tells. */
export function on(name, does) {
  grid?.addEventListener(name, (event) => does(/** @type {CustomEvent} */ (event).detail));
}

/** Shows the sheet as a check left it; the filter stays where its reason is still there. */
export function shown(check, now, rows) {
  const says = reasons.find(({ number }) => String(number) === only)?.says;
  reasons = now;
  withProblems = rows;
  if (only !== "any") only = String(now.find((reason) => reason.says === says)?.number ?? "");
  void filter(only, check);
}

async function filter(filtered, check) {
  only = filtered;
  grid?.show(check, only, only === "" ? grid.shape.rows : withProblems);
  drawReasons();
  try {
    grid?.mark(await get(`marks?check=${check}`));
    if (grid !== null) grid.dataset.check = check;
  } catch (error) {
    show(error);
  }
}

function drawReasons() {
  const choices = [
    ["", list.dataset.all],
    ["any", `${list.dataset.any} (${withProblems.toLocaleString("en-US")})`],
    ...reasons.map(({ number, mark, says, items }) => [String(number), `${mark} ${items.toLocaleString("en-US")} ${says}`]),
  ];
  const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.replaceChildren(...choices.map(([choice, says]) => {
    const line = document.createElement("li");
    const button = line.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = says;
    button.setAttribute("aria-pressed", String(choice === only));
    button.addEventListener("click", () => void filter(choice, grid?.rows.check));
    return line;
  }));
  list.querySelectorAll("button")[focused]?.focus();
}

function drawBar() {
  if (grid === null) return;
  const { address, text, mark, old } = grid.current;
  part.address.textContent = address;
  part.value.textContent = text;
  part.reason.textContent = mark?.says ?? "";
  if (!grid.shape.editable) return;
  const { was, suggestion, equal, "equal-label": label } = part;
  was.textContent = old === undefined ? "" : was.dataset.was.replace("{old}", old);
  const offered = mark?.suggestion ?? "";
  suggestion.hidden = offered === "";
  suggestion.textContent = suggestion.dataset.change.replace("{text}", offered);
  const others = mark?.equal ?? 0;
  label.hidden = offered === "" || others === 0;
  const words = equal.nextElementSibling;
  words.textContent = others === 1 ? words.dataset.one : words.dataset.many.replace("{count}", String(others));
}

if (grid !== null) {
  on("cell", drawBar);
  on("failed", show);
  part.previous.addEventListener("click", () => void grid.goToProblem(-1));
  part.next.addEventListener("click", () => void grid.goToProblem(1));
  part["go-to"].addEventListener("change", ({ target }) => {
    // The number of a line, as it stands beside the rows; rows follow each other but for blank lines.
    const first = grid.rows.at(0)?.line ?? 1;
    if (Number(target.value) > 0) grid.move(Number(target.value) - first, grid.active.column);
  });
  void filter("", grid.shape.check);
}
