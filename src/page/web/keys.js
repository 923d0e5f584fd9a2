// What a key does in the grid: one table, no element and no state.

const MOVES = {
  ArrowUp: ({ row }) => ({ row: row - 1 }),
  ArrowDown: ({ row }) => ({ row: row + 1 }),
  ArrowLeft: ({ column }) => ({ column: column - 1 }),
  ArrowRight: ({ column }) => ({ column: column + 1 }),
  PageUp: ({ row, page }) => ({ row: row - page }),
  PageDown: ({ row, page }) => ({ row: row + page }),
  Home: () => ({ column: 0 }),
  End: ({ columns }) => ({ column: columns - 1 }),
};

const MOVES_WITH_CONTROL = {
  Home: () => ({ row: 0, column: 0 }),
  End: ({ rows, columns }) => ({ row: rows - 1, column: columns - 1 }),
  ArrowUp: () => ({ row: 0 }),
  ArrowDown: ({ rows }) => ({ row: rows - 1 }),
  ArrowLeft: () => ({ column: 0 }),
  ArrowRight: ({ columns }) => ({ column: columns - 1 }),
};

/** Nothing where the key is the browser's. `place`: where focus is, rows of a page, and how many rows and columns there are. */
export function actionOf({ key, altKey, shiftKey, ctrlKey, metaKey }, place) {
  const control = ctrlKey || metaKey;
  const move = (control ? MOVES_WITH_CONTROL : MOVES)[key];
  if (move !== undefined && !altKey) return { does: "move", row: place.row, column: place.column, ...move(place) };
  if (key === "F8") return { does: "problem", way: shiftKey ? -1 : 1 };
  if (key === "Enter" && altKey) return { does: "suggestion" };
  if (control && /^[yz]$/i.test(key)) return { does: /z/i.test(key) && !shiftKey ? "undo" : "redo" };
  if (control || altKey) return undefined;
  if (key === "Enter" || key === "F2") return { does: "edit" };
  if (key === "Delete") return { does: "empty" };
  return key.length === 1 || key === "Process" ? { does: "type" } : undefined;
}
