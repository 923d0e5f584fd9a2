// What is around the grid: the reasons, which filter it, and the bar that says all about the cell in focus.

import { SheetGrid } from "./grid.js";
import { get, on, part, show } from "./post.js";

/** @type {SheetGrid | null} */
export const grid = document.querySelector("sheet-grid");
const list = part.reasons;
/** @type {import("./shapes").Reason[]} */
let reasons = JSON.parse(list?.dataset.reasons ?? "[]");
let withProblems = Number(list?.dataset.rows);
let only = "";

/** Does something with what the grid tells. */
export function told(name, does) {
  if (grid !== null) on(grid, name, ({ detail }) => does(detail));
}

/** Shows the sheet as a check left it; the filter stays if its reason does. */
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
    const { cells, strip } = await get(`marks?check=${check}&only=${only}`);
    // Another filter may have been chosen meanwhile.
    if (grid === null || only !== filtered || grid.rows.check !== check) return;
    grid.problems = cells;
    drawStrip(strip);
    grid.dataset.check = check;
  } catch (error) {
    show(error);
  }
}

/** Where the problems are, beside the scroll bar: for the eye only, keys go from problem to problem. */
function drawStrip(counts) {
  const most = Math.max(...counts, 1);
  // Few problems must be seen as well.
  const bar = (count, at) => (count === 0 ? "" : `M0 ${at}h${0.4 + (0.6 * count) / most}v1H0`);
  part.strip.setAttribute("viewBox", `0 0 1 ${counts.length}`);
  part.strip.firstElementChild.setAttribute("d", counts.map(bar).join(""));
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
    on(button, "click", () => void filter(choice, grid?.rows.check));
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
  told("cell", drawBar);
  on(part.previous, "click", () => grid.goToProblem(-1));
  on(part.next, "click", () => grid.goToProblem(1));
  on(part.strip, "click", ({ offsetY }) => grid.scrollToPart(offsetY / part.strip.clientHeight));
  on(part["go-to"], "change", ({ target }) => {
    // Rows follow each other but for blank lines.
    const first = grid.rows.at(0)?.line ?? 1;
    grid.move(Number(target.value) - first || 0, grid.active.column);
  });
  void filter("", grid.shape.check);
}
