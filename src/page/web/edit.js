// Typing in a cell of the grid: one field that opens in the cell, and is taken with Enter or Tab or left with Escape.

export class Editor {
  #field = document.createElement("input");
  /** @type {HTMLElement | null} */
  #cell = null;
  #grid;

  constructor(grid) {
    this.#grid = grid;
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("blur", () => this.close());
  }

  open(cell, text, label) {
    this.#cell = cell;
    this.#field.value = text;
    this.#field.setAttribute("aria-label", label);
    cell.replaceChildren(this.#field);
    this.#field.focus();
    this.#field.select();
  }

  /** Takes what was typed, without moving on. */
  close() {
    if (this.#cell !== null) this.#end(this.#field.value, 0, 0);
  }

  isIn(cell) {
    return this.#cell === cell;
  }

  #key(event) {
    // Enter that chooses among Chinese characters is not meant for us.
    if (event.isComposing) return;
    event.stopPropagation();
    const way = event.shiftKey ? -1 : 1;
    if (event.key === "Enter") this.#end(this.#field.value, way, 0);
    else if (event.key === "Tab") this.#end(this.#field.value, 0, way);
    else if (event.key === "Escape") this.#end(null, 0, 0);
    else return;
    event.preventDefault();
  }

  #end(text, down, right) {
    // First of all: removing the field takes focus from it, which would end typing a second time.
    this.#cell = null;
    this.#grid.typed(text, down, right);
  }
}
