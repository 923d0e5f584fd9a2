// The check of a file: corrections go to the program one after the other, and what it finds comes back.

import { all, clear, get, on, part, post, show, write } from "./post.js";
import { grid, shown, told } from "./sheet.js";

const POLL_MS = 100;

/** The check that corrections are based on. */
let check = grid?.shape.check ?? 0;
/** Writes wait for each other: each is based on the answer to the one before. */
let last = Promise.resolve();
let timer = 0;

function correct(path, body) {
  last = last.then(async () => {
    clear();
    try {
      take(await post(path, { check, ...body }));
    } catch (error) {
      show(error);
      // Another tab was quicker, perhaps: what is shown has to be what is.
      if (error.status > 0) await ask();
    }
  });
}

async function ask() {
  try {
    take(await get("check"));
  } catch (error) {
    show(error);
  }
}

/** Shows what a check found, or that one is running. */
function take(found) {
  check = found.check;
  part.state.setAttribute("aria-busy", found.running);
  part.checking.hidden = !found.running;
  part.checking.querySelector("progress").value = found.percent;
  part.says.textContent = found.says;
  clearTimeout(timer);
  if (found.running) return void (timer = window.setTimeout(ask, POLL_MS));
  // The first check has ended: the page comes with its sheet.
  if (grid === null) return location.reload();
  for (const element of all("[data-state]")) element.textContent = found[element.dataset.state];
  part.go.hidden = found.next === null;
  part.undo.disabled = !found.can_undo;
  part.redo.disabled = !found.can_redo;
  part.refused.className = found.problem === null ? "" : "panel problem";
  write(part.refused, found.problem ?? {});
  shown(check, found.reasons, found.rows_with_problems);
}

function takeSuggestion() {
  const { row, column, mark } = grid?.current ?? {};
  if (row === undefined || !mark?.suggestion) return;
  correct("cells", { cells: [[row.record, column, mark.suggestion]], equal: part.equal.checked && mark.equal > 0 });
}

if (grid?.shape.editable) {
  told("correct", (cells) => correct("cells", { cells }));
  told("ask", (what) => (what === "suggestion" ? takeSuggestion() : correct(what)));
  const leave = part["leave-out"];
  told("cell", () => (leave.textContent = grid?.current.row?.left_out ? leave.dataset.putBack : leave.dataset.leave));
  on(leave, "click", () => {
    const row = grid?.current.row;
    if (row !== undefined) correct("cells", { [row.left_out ? "put_back" : "leave_out"]: [row.record] });
  });
  on(part.suggestion, "click", takeSuggestion);
  on(part.undo, "click", () => correct("undo"));
  on(part.redo, "click", () => correct("redo"));
}
void ask();
