// <sheet-grid>: a sheet of any length as a table of the rows in view, of which one cell is in focus.
//
// Its shape is in `data-shape`; rows.js has its rows, layout.js its sizes, keys.js its keys, edit.js the field to type in.
// It decides nothing about corrections. It tells `cell` when the cell in focus, or what is known of it, changed; `correct` with new
// texts of cells; `ask` with `undo`, `redo` or `suggestion`.

import { Editor } from "./edit.js";
import { actionOf } from "./keys.js";
import { GAP, lefts, NUMBER_PX, RowLayout, shownColumns, template } from "./layout.js";
import { on } from "./post.js";
import { Rows } from "./rows.js";

/** Outcomes by their letter in `outcomes` of a row. */
const OUTCOMES = { s: "succeeded", f: "failed", r: "rejected", u: "unconfirmed", p: "pending" };

export class SheetGrid extends HTMLElement {
  /** @type {import("./shapes").Shape} */
  shape = JSON.parse(this.dataset.shape ?? "{}");
  rows = new Rows(() => this.#came());
  /** The cell in focus. */
  active = { row: 0, column: this.shape.key };
  /** New texts that no check has seen yet, by record and column. @type {Map<string, string>} */
  unchecked = new Map();
  /** Row, column (-1: the row as a whole) and reason of each problem under the filter. @type {any[]} */
  problems = [];

  /** @type {any} */
  #box = this.querySelector(".box");
  #table = this.#box.firstElementChild;
  #head = this.#table.tHead;
  #body = this.#table.tBodies[0];
  #editor = new Editor(this);
  /** Rows of the table by their position in the sheet. @type {Map<number, any>} */
  #lines = new Map();
  /** @type {number[]} Where columns begin; empty until the first rows are here. */
  #lefts = [];
  /** @type {number[]} */
  #shown = [];
  #layout = new RowLayout(0, 28, 0, 0);
  /** Counts up whenever rows have to be filled anew. */
  #version = 0;
  #frame = 0;

  connectedCallback() {
    on(this.#box, "scroll", () => this.#soon());
    on(this.#body, "keydown", (event) => this.#key(event));
    on(this.#body, "dblclick", () => this.edit());
    on(this.#body, "focusin", (event) => this.#focused(event));
    for (const name of ["copy", "paste"]) on(this.#body, name, (event) => this.#clipboard(event));
    new ResizeObserver(() => this.#soon()).observe(this.#box);
  }

  /** Shows the sheet as a check left it, or the rows that a filter leaves of it: about `total`. */
  show(check, only, total) {
    this.unchecked.clear();
    this.rows.reset(check, only, total);
    if (this.active.row >= total) this.active.row = 0;
    this.#version++;
    this.#soon();
    void this.rows.load(0);
  }

  /** Scrolls to a part of the sheet, from 0 to 1. */
  scrollToPart(part) {
    this.#box.scrollTop = part * (this.#layout.canvas - this.#layout.view);
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
    const within = (at, count) => Math.max(Math.min(at, count - 1), 0);
    this.active = { row: within(row, this.rows.total), column: within(column, this.shape.columns.length) };
    this.#bringIntoView();
    this.refresh();
    this.#cell()?.focus({ preventScroll: true });
  }

  /** Goes to the next problem, or with -1 to the one before; beyond the last it begins anew. */
  goToProblem(way) {
    const here = this.active;
    const places = this.problems.map(([row, column]) => ({ row, column: column < 0 ? this.shape.key : column }));
    if (way < 0) places.reverse();
    const next = places.find(({ row, column }) => way * (row - here.row || column - here.column) > 0) ?? places[0];
    if (next !== undefined) this.move(next.row, next.column);
  }

  /** Begins to correct the cell in focus. */
  edit(replace = false) {
    const { row, text, address } = this.current;
    const cell = this.#cell();
    if (cell === undefined || !this.shape.editable || !row?.editable) return;
    this.#editor.open(cell, replace ? "" : text, `${this.dataset.correct} ${address}`);
  }

  /** Shows new texts of cells at once, and tells them. */
  correct(cells) {
    if (!this.shape.editable) return;
    const isNew = ({ row, column, text }) => row.editable && column < row.cells.length && text !== this.#known(row, column).text;
    const told = cells.filter(isNew).map(({ row, column, text }) => [row.record, column, text]);
    if (told.length === 0) return;
    for (const [record, column, text] of told) this.unchecked.set(`${record}:${column}`, text);
    this.refresh();
    this.#tell("correct", told);
  }

  /** Ends typing in a cell: nothing as a text leaves it; `to` says where focus goes, if it has not gone already. */
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
      this.#lefts = lefts(this.shape.columns.map(titleOf), (at) => this.rows.at(at)?.cells);
      this.#table.style.setProperty("--all", `${this.#lefts.at(-1)}px`);
    }
    this.#version++;
    this.#soon();
    this.#tell("cell");
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#render());
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
      if (column === GAP && at > 0) empty(cell);
      else set(cell, { role: "columnheader", "aria-colindex": column + 2, class: this.#classOf(column), title: cell.textContent });
    });
    this.#head.replaceChildren(...above, titles);
  }

  #renderRows(layout) {
    // The row in focus stays: focus must not be lost when it is scrolled away.
    const isNeeded = (at) => (at >= layout.first && at <= layout.last) || at === this.active.row;
    const free = [...this.#lines].filter(([at]) => !isNeeded(at));
    const place = (at) => {
      let line = this.#lines.get(at);
      if (line === undefined) {
        const [old, reused] = free.pop() ?? [-1];
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
    if (column === GAP) return empty(cell);
    const known = row === undefined ? undefined : this.#known(row, column);
    setText(cell, known?.text ?? "…");
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
      "aria-describedby": isActive && known?.mark ? "reason" : null,
    });
  }

  /** What a cell shows: its text, its problem, what it was before it was corrected. */
  #known(row, column) {
    const unchecked = this.unchecked.get(`${row.record}:${column}`);
    const isUnchecked = unchecked !== undefined;
    const mark = isUnchecked ? undefined : row.marks.find((mark) => mark.column === column);
    const old = row.corrected.find(([corrected]) => corrected === column)?.[1];
    const outcome = mark?.outcome ?? (isUnchecked ? undefined : OUTCOMES[row.outcomes?.[column]]);
    return { text: unchecked ?? row.cells[column] ?? "", mark, old, outcome, isCorrected: isUnchecked || old !== undefined };
  }

  /** Gives a row a cell for each shown column, and one for its number. */
  #line(line) {
    if (line.children.length === 0) line.append(document.createElement("th"));
    while (line.children.length > this.#shown.length + 1) line.lastElementChild.remove();
    while (line.children.length < this.#shown.length + 1) line.append(document.createElement("td"));
    return line;
  }

  #classOf(column) {
    return `${this.shape.columns[column]?.kind ?? ""} ${column === this.shape.key ? "key" : ""}`;
  }

  /** The element of the cell in focus. */
  #cell() {
    const place = this.#shown.indexOf(this.active.column);
    return place < 0 ? undefined : this.#lines.get(this.active.row)?.children[place + 1];
  }

  #bringIntoView() {
    const box = this.#box;
    const { key } = this.shape;
    const { row, column } = this.active;
    box.scrollTop = this.#layout.scrollTo(row);
    const [left, right] = [this.#lefts[column], this.#lefts[column + 1]];
    // The numbers and the key column cover what is scrolled under them.
    const covered = NUMBER_PX + (column === key ? 0 : this.#lefts[key + 1] - this.#lefts[key]);
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

  #key(event) {
    if (event.target instanceof HTMLInputElement) return;
    const action = actionOf(event, this.#layout.page);
    if (action === undefined) return;
    // What is typed is to reach the field that opens now.
    if (action.does !== "type") event.preventDefault();
    const { row, column } = this.active;
    if (action.does === "move") this.move(row + action.down, column + action.right);
    else if (action.does === "edit") this.edit();
    else if (action.does === "type") this.edit(true);
    else if (action.does === "problem") this.goToProblem(action.way);
    else if (action.does === "empty") this.#write("");
    else this.#tell("ask", action.does);
  }

  #clipboard(event) {
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    if (event.type === "copy") event.clipboardData.setData("text/plain", this.current.text);
    else void this.#write(event.clipboardData.getData("text/plain"));
  }

  /** Writes a text, or a block as a spreadsheet copies it, with tabs. */
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

/** Sets attributes, and removes those without a value. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

/** A gap between columns has nothing of a cell. */
function empty(cell) {
  for (const name of cell.getAttributeNames()) cell.removeAttribute(name);
  set(cell, { role: "presentation" });
  setText(cell, "");
}

function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

customElements.define("sheet-grid", SheetGrid);
