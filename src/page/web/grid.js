// <sheet-grid>: a sheet of any length as a table of the rows in view, of which one cell is in focus.
//
// The sheet's shape is in `data-shape`, its rows come in blocks (rows.js), sizes are layout.js, keys are keys.js, typing is edit.js.
// It shows and tells; it decides nothing about corrections. It tells `cell` when the cell in focus, or what is known of it, changed;
// `correct` with new texts of cells; `ask` with `undo`, `redo` or `suggestion`; `failed` with an error.

import { Editor } from "./edit.js";
import { actionOf } from "./keys.js";
import { GAP, lefts, NUMBER_PX, RowLayout, shownColumns, template } from "./layout.js";
import { Rows } from "./rows.js";
import { clickable, draw } from "./strip.js";

/** The outcomes of a run by their letter in `outcomes` of a row. */
const OUTCOMES = { s: "succeeded", f: "failed", r: "rejected", u: "unconfirmed", p: "pending" };

/** The element that says the reason of the cell in focus. */
const REASON_ID = "reason";

/** What a cell may have: a gap between columns has none of it. */
const NAMES = ["aria-colindex", "tabindex", "class", "title", "data-column", "data-mark", "aria-invalid", "aria-describedby"];
const NO_CELL = { role: "presentation", ...Object.fromEntries(NAMES.map((name) => [name, null])) };

export class SheetGrid extends HTMLElement {
  /** @type {import("./shapes").Shape} */
  shape = JSON.parse(this.dataset.shape ?? "{}");
  rows = new Rows(() => this.#came(), (error) => this.#tell("failed", error));
  /** The cell in focus. */
  active = { row: 0, column: this.shape.key };
  /** New texts that no check has seen yet, by record and column. @type {Map<string, string>} */
  unchecked = new Map();
  /** Row, column (-1: the row as a whole) and reason of each problem of the whole sheet. @type {any[]} */
  problems = [];

  #box = document.createElement("div");
  #table = document.createElement("table");
  #head = this.#table.createTHead();
  #body = this.#table.createTBody();
  #editor = new Editor(this);
  /** Rows of the table by their position in the sheet. @type {Map<number, HTMLTableRowElement>} */
  #lines = new Map();
  /** @type {number[]} Where columns begin; empty until the first rows are here. */
  #lefts = [];
  /** @type {number[]} */
  #shown = [];
  #layout = new RowLayout(0, 28, 0, 0);
  /** Counts up whenever rows have to be filled anew. */
  #version = 0;
  #isFrameAsked = false;

  connectedCallback() {
    this.#box.className = "box";
    set(this.#table, { role: "grid", "aria-label": this.shape.label, "aria-colcount": this.shape.columns.length + 1 });
    set(this.#head, { role: "rowgroup" });
    set(this.#body, { role: "rowgroup" });
    this.#box.append(this.#table);
    this.prepend(this.#box);
    clickable(this.querySelector("svg"), (part) => (this.#box.scrollTop = part * (this.#layout.canvas - this.#layout.view)));
    this.#box.addEventListener("scroll", () => this.#soon());
    this.#body.addEventListener("keydown", (event) => this.#key(event));
    this.#body.addEventListener("dblclick", () => this.edit());
    this.#body.addEventListener("focusin", (event) => this.#focused(event));
    for (const name of ["copy", "paste"]) this.#body.addEventListener(name, (event) => this.#clipboard(event));
    new ResizeObserver(() => this.#soon()).observe(this.#box);
  }

  /** Shows the sheet as a check left it, or the rows of it that a filter leaves; `total` is how many they are, as far as that is known. */
  show(check, only, total) {
    this.unchecked.clear();
    this.rows.reset(check, only, total);
    if (this.active.row >= total) this.active.row = 0;
    this.#version++;
    this.#soon();
    void this.rows.load(0);
  }

  /** Takes the problems of the whole sheet. */
  mark(marks) {
    this.problems = marks.cells;
    draw(this.querySelector("svg"), marks.strip);
  }

  /** What is known of the cell in focus. */
  get current() {
    const { column } = this.active;
    const row = this.rows.at(this.active.row);
    const known = row === undefined ? undefined : this.#known(row, column);
    const mark = known?.mark ?? row?.marks.find((mark) => mark.column === null);
    const sheet = this.shape.sheet === "" ? "" : `${this.shape.sheet}!`;
    const address = row === undefined ? "" : `${sheet}${this.shape.columns[column]?.letters}${row.line}`;
    return { row, column, address, text: "…", ...known, mark };
  }

  /** Puts a cell in focus, wherever it is. */
  move(row, column) {
    this.active = {
      row: Math.min(Math.max(row, 0), Math.max(this.rows.total - 1, 0)),
      column: Math.min(Math.max(column, 0), this.shape.columns.length - 1),
    };
    this.#bringIntoView();
    this.refresh();
    this.#cell()?.focus({ preventScroll: true });
  }

  /** Goes to the next problem, or with -1 to the one before; beyond the last it begins anew. */
  async goToProblem(way) {
    const found = this.rows.only === "" ? this.#nextOfAll(way) : await this.#nextOfFiltered(way);
    if (found !== undefined) this.move(found[0], found[1] < 0 ? this.shape.key : found[1]);
  }

  /** Begins to correct the cell in focus; what is typed may replace what is there. */
  edit(replace = false) {
    const { row, text, address } = this.current;
    const cell = this.#cell();
    if (cell === undefined || !this.shape.editable || !row?.editable) return;
    this.#editor.open(cell, replace ? "" : text, `${this.dataset.correct} ${address}`);
  }

  /** Takes new texts for cells, shows them at once and tells them. */
  correct(cells) {
    if (!this.shape.editable) return;
    const known = cells.filter(({ row, column, text }) => row.editable && column < row.cells.length && text !== this.#known(row, column).text);
    if (known.length === 0) return;
    for (const { row, column, text } of known) this.unchecked.set(`${row.record}:${column}`, text);
    this.refresh();
    this.#tell("correct", known.map(({ row, column, text }) => [row.record, column, text]));
  }

  /** Ends typing in a cell: `text` is the new one, or nothing to leave it; `to` says where focus goes, if it has not gone already. */
  typed(text, to) {
    const { row, column } = this.current;
    if (to === undefined) this.refresh();
    else this.move(this.active.row + to.down, column + to.right);
    if (text !== null && row !== undefined) this.correct([{ row, column, text }]);
  }

  /** Fills all rows anew. */
  refresh() {
    this.#version++;
    this.#render();
    this.#tell("cell");
  }

  #came() {
    if (this.#lefts.length === 0) {
      this.#lefts = lefts(this.shape.columns.map(titleOf), (at) => this.rows.at(at)?.cells, this.rows.total);
      this.#table.style.setProperty("--all", `${this.#lefts.at(-1)}px`);
    }
    this.#version++;
    this.#soon();
    this.#tell("cell");
  }

  /** Renders once before the next picture, however often it is asked for. */
  #soon() {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    requestAnimationFrame(() => {
      this.#isFrameAsked = false;
      this.#render();
    });
  }

  #render() {
    if (this.#lefts.length === 0) return;
    this.#renderHead();
    const height = matchMedia("(pointer: coarse)").matches ? 40 : 28;
    const { scrollTop, clientHeight } = this.#box;
    const down = scrollTop >= this.#layout.scrollTop;
    const layout = new RowLayout(this.rows.total, height, Math.max(height, clientHeight - this.#head.offsetHeight), scrollTop);
    this.#layout = layout;
    this.#body.style.height = `${layout.canvas}px`;
    set(this.#table, { "aria-rowcount": this.rows.total + 1 });
    if (layout.last >= layout.first) this.rows.want(layout.first, layout.last, down);
    this.#renderRows(layout);
  }

  #renderHead() {
    const kept = [this.shape.key, this.active.column];
    const shown = shownColumns(this.#lefts, kept, this.#box.scrollLeft, this.#box.clientWidth);
    if (shown.join() === this.#shown.join()) return;
    this.#shown = shown;
    this.#version++;
    this.#table.style.setProperty("--columns", template(shown, this.#lefts));
    const line = (first, texts, attributes) => {
      const line = this.#line(document.createElement("tr"));
      set(line, attributes);
      [first, ...shown.map((column) => texts[column] ?? "")].forEach((text, at) => setText(line.children[at], text));
      return line;
    };
    const above = this.shape.above.map((texts) => line("", texts, { class: "above", "aria-hidden": "true" }));
    const titles = line("#", this.shape.columns.map(titleOf), { role: "row", "aria-rowindex": 1 });
    [-1, ...shown].forEach((column, at) => {
      const cell = titles.children[at];
      const title = { role: "columnheader", "aria-colindex": column + 2, class: this.#classOf(column), title: cell.textContent };
      set(cell, column === GAP && at > 0 ? NO_CELL : title);
    });
    this.#head.replaceChildren(...above, titles);
  }

  #renderRows(layout) {
    // The row in focus stays, so that focus is not lost when it is scrolled away.
    const isNeeded = (at) => (at >= layout.first && at <= layout.last) || at === this.active.row;
    const free = [...this.#lines].filter(([at]) => !isNeeded(at));
    const place = (at) => {
      let line = this.#lines.get(at);
      if (line === undefined) {
        const [old, reused] = free.pop() ?? [-1, undefined];
        this.#lines.delete(old);
        line = reused ?? this.#body.insertRow();
        this.#lines.set(at, line);
      }
      line.style.top = `${layout.top(at)}px`;
      const filled = `${at}/${this.#version}`;
      if (line.dataset.filled !== filled) this.#fill(line, at);
      line.dataset.filled = filled;
    };
    for (let at = layout.first; at <= layout.last; at++) place(at);
    if (this.active.row < this.rows.total) place(this.active.row);
    for (const [at, line] of free) {
      line.remove();
      this.#lines.delete(at);
    }
  }

  /** Writes a row of the sheet into a row of the table. */
  #fill(line, at) {
    const row = this.rows.at(at);
    this.#line(line);
    set(line, { role: "row", "data-at": at, "aria-rowindex": at + 2, "aria-busy": row === undefined, class: row?.left_out ? "left-out" : null });
    const mark = row?.marks.find((mark) => mark.column === null);
    set(line.children[0], { role: "rowheader", scope: "row", "aria-colindex": 1, "data-mark": mark?.outcome });
    setText(line.children[0], row?.line ?? "…");
    this.#shown.forEach((column, place) => {
      const cell = line.children[place + 1];
      if (!this.#editor.isIn(cell)) this.#fillCell(cell, at, row, column);
    });
  }

  #fillCell(cell, at, row, column) {
    const known = row === undefined || column === GAP ? undefined : this.#known(row, column);
    setText(cell, known?.text ?? (column === GAP ? "" : "…"));
    if (column === GAP) return set(cell, NO_CELL);
    const isActive = at === this.active.row && column === this.active.column;
    set(cell, {
      role: "gridcell",
      "aria-colindex": column + 2,
      tabindex: isActive ? 0 : -1,
      "data-column": column,
      class: `${this.#classOf(column)} ${known?.isCorrected ? "corrected" : ""}`,
      title: known?.old,
      "data-mark": known?.outcome,
      "aria-invalid": known?.mark && "true",
      "aria-describedby": isActive && known?.mark ? REASON_ID : null,
    });
  }

  /** What a cell shows: its text, its problem, and what stood there before it was corrected. */
  #known(row, column) {
    const unchecked = this.unchecked.get(`${row.record}:${column}`);
    const isUnchecked = unchecked !== undefined;
    const mark = isUnchecked ? undefined : row.marks.find((mark) => mark.column === column);
    const old = row.corrected.find(([corrected]) => corrected === column)?.[1];
    const outcome = mark?.outcome ?? (isUnchecked ? undefined : OUTCOMES[row.outcomes?.[column]]);
    return { text: unchecked ?? row.cells[column] ?? "", mark, old, outcome, isCorrected: isUnchecked || old !== undefined };
  }

  /** Gives a row of the table a cell for each shown column, and one for its number. */
  #line(line) {
    if (line.children.length === 0) line.append(document.createElement("th"));
    while (line.children.length > this.#shown.length + 1) line.lastElementChild.remove();
    while (line.children.length < this.#shown.length + 1) line.append(document.createElement("td"));
    return line;
  }

  #classOf(column) {
    return `${this.shape.columns[column]?.kind ?? ""} ${column === this.shape.key ? "key" : ""}`;
  }

  /** The element of the cell in focus. @returns {HTMLElement | undefined} */
  #cell() {
    const place = this.#shown.indexOf(this.active.column);
    return place < 0 ? undefined : /** @type {HTMLElement} */ (this.#lines.get(this.active.row)?.children[place + 1]);
  }

  #bringIntoView() {
    const box = this.#box;
    const { key } = this.shape;
    const { row, column } = this.active;
    box.scrollTop = this.#layout.scrollTo(row);
    const [left, right] = [this.#lefts[column], this.#lefts[column + 1]];
    // The numbers and the key column cover what is scrolled under them.
    const isKeySticky = matchMedia("(min-width: 641px)").matches && column !== key;
    const covered = NUMBER_PX + (isKeySticky ? this.#lefts[key + 1] - this.#lefts[key] : 0);
    if (left - covered < box.scrollLeft) box.scrollLeft = left - covered;
    else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
  }

  /** A cell that is clicked has focus. */
  #focused({ target: cell }) {
    const [row, column] = [Number(cell.parentElement.dataset.at), Number(cell.dataset.column)];
    if (cell instanceof HTMLInputElement || (row === this.active.row && column === this.active.column)) return;
    this.active = { row, column };
    this.refresh();
  }

  #nextOfAll(way) {
    const here = this.active;
    const beyond = ([row, column]) => way * (row - here.row || (column < 0 ? this.shape.key : column) - here.column) > 0;
    const problems = way > 0 ? this.problems : [...this.problems].reverse();
    return problems.find(beyond) ?? problems[0];
  }

  /** Under a filter every row has a problem: the next one is in this row or in the next. */
  async #nextOfFiltered(way) {
    const { row: here, column } = this.active;
    const { total } = this.rows;
    for (const at of [here, (here + way + total) % total]) {
      const row = await this.rows.load(at);
      const columns = (row?.marks ?? []).map((mark) => mark.column ?? this.shape.key).sort((a, b) => way * (a - b));
      const found = columns.find((next) => at !== here || way * (next - column) > 0);
      if (found !== undefined) return [at, found];
    }
    return undefined;
  }

  #key(event) {
    if (event.target instanceof HTMLInputElement) return;
    const place = { ...this.active, page: this.#layout.page, rows: this.rows.total, columns: this.shape.columns.length };
    const action = actionOf(event, place);
    if (action === undefined) return;
    // What is typed is to reach the field that opens now.
    if (action.does !== "type") event.preventDefault();
    if (action.does === "move") this.move(action.row, action.column);
    else if (action.does === "edit") this.edit();
    else if (action.does === "type") this.edit(true);
    else if (action.does === "problem") void this.goToProblem(action.way);
    else if (action.does === "empty") this.#write("");
    else this.#tell("ask", action.does);
  }

  #clipboard(event) {
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    if (event.type === "copy") event.clipboardData.setData("text/plain", this.current.text);
    else void this.#write(event.clipboardData.getData("text/plain"));
  }

  /** Writes a text, or a block as a spreadsheet copies it: lines, and tabs between cells. */
  async #write(text) {
    const { row: first, column } = this.active;
    const cells = [];
    for (const [down, line] of text.replace(/\r?\n$/, "").split(/\r?\n/).entries()) {
      const row = await this.rows.load(first + down);
      if (row === undefined) break;
      for (const [right, text] of line.split("\t").entries()) cells.push({ row, column: column + right, text });
    }
    this.correct(cells);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function titleOf({ letters, name, weekday }) {
  return [letters, name, weekday].filter(Boolean).join(" ");
}

/** Sets attributes that differ, and removes those without a value. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

customElements.define("sheet-grid", SheetGrid);
