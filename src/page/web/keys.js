// What a key does in the grid: no element and no state.

/** Nothing where the key is the browser's. `page` is how many rows a page has. */
export function actionOf({ key, altKey, shiftKey, ctrlKey, metaKey }, page) {
  const control = ctrlKey || metaKey;
  const far = Infinity;
  const steps = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-page, 0],
    PageDown: [page, 0],
    Home: [control ? -far : 0, -far],
    End: [control ? far : 0, far],
  };
  if (key in steps && !altKey) {
    const [down, right] = steps[key].map((step) => (control && step !== 0 ? step * far : step));
    return { does: "move", down, right };
  }
  if (key === "F8") return { does: "problem", way: shiftKey ? -1 : 1 };
  if (key === "Enter" && altKey) return { does: "suggestion" };
  if (control && /^[yz]$/i.test(key)) return { does: /z/i.test(key) && !shiftKey ? "undo" : "redo" };
  if (control || altKey) return undefined;
  if (key === "Enter" || key === "F2") return { does: "edit" };
  if (key === "Delete") return { does: "empty" };
  return key.length === 1 || key === "Process" ? { does: "type" } : undefined;
}
