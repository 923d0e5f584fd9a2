// Typing in a cell: a field that opens in it, is taken with Enter or Tab, and left with Escape.

import { on } from "./post.js";

export class Editor {
  #field = document.createElement("input");
  /** @type {HTMLElement | null} */
  #cell = null;
  #grid;

  constructor(grid) {
    this.#grid = grid;
    on(this.#field, "keydown", (event) => this.#key(event));
    on(this.#field, "blur", () => this.#end(this.#field.value));
  }

  open(cell, text, label) {
    this.#cell = cell;
    this.#field.value = text;
    this.#field.setAttribute("aria-label", label);
    cell.replaceChildren(this.#field);
    this.#field.focus();
    this.#field.select();
  }

  isIn(cell) {
    return this.#cell === cell;
  }

  #key(event) {
    // Enter that chooses among Chinese characters is not meant for us.
    if (event.isComposing) return;
    event.stopPropagation();
    const { key } = event;
    const way = event.shiftKey ? -1 : 1;
    const to = { Enter: { down: way, right: 0 }, Tab: { down: 0, right: way }, Escape: { down: 0, right: 0 } }[key];
    if (to === undefined) return;
    event.preventDefault();
    this.#end(key === "Escape" ? null : this.#field.value, to);
  }

  /** Once only: when the field goes, focus goes from it. */
  #end(text, to) {
    if (this.#cell === null) return;
    this.#cell = null;
    this.#grid.typed(text, to);
  }
}
