// Where rows and columns of the grid are, and which of them are in view. Numbers only: it knows no element.

const FONT_PX = 14;
const WIDTH_EM_MIN = 4;
const WIDTH_EM_MAX = 24;
const WIDTH_SAMPLE = 200;
/** More columns are shown in part. */
const COLUMNS_WHOLE_MAX = 60;
const ROWS_SPARE = 8;
const COLUMNS_SPARE = 4;
/** Firefox lets no element be higher than about 17.8 million pixels. */
const CANVAS_PX_MAX = 16_000_000;

/** Width of the column with the numbers of the lines. */
export const NUMBER_PX = 64;

/** Columns that are not shown. */
export const GAP = -1;

/** Where each column begins, and where the last one ends. A column is as wide as the longest of its first texts. */
export function lefts(names, cellsOf) {
  const longest = names.map(em);
  for (let at = 0; at < WIDTH_SAMPLE; at++) {
    cellsOf(at)?.forEach((cell, column) => (longest[column] = Math.max(longest[column], em(cell))));
  }
  let left = NUMBER_PX;
  const begins = longest.map((width) => {
    const begin = left;
    left += Math.round(Math.min(Math.max(width + 2, WIDTH_EM_MIN), WIDTH_EM_MAX) * FONT_PX);
    return begin;
  });
  return [...begins, left];
}

/** Roughly how wide a text is. */
function em(text) {
  let width = 0;
  for (const character of text.slice(0, 2 * WIDTH_EM_MAX)) width += character > "\u2e7f" ? 1 : 0.58;
  return width;
}

/** The columns to show, with a gap for each run of columns that is left out; those to keep are always among them. */
export function shownColumns(lefts, kept, scrollLeft, width) {
  const columns = [...lefts.keys()].slice(0, -1);
  if (columns.length <= COLUMNS_WHOLE_MAX) return columns;
  const inView = (column) =>
    (lefts[column + 1 + COLUMNS_SPARE] ?? Infinity) > scrollLeft && (lefts[column - COLUMNS_SPARE] ?? 0) < scrollLeft + width;
  const shown = columns.map((column) => (kept.includes(column) || inView(column) ? column : GAP));
  return shown.filter((column, at) => column !== GAP || shown[at - 1] !== GAP);
}

/** Widths of shown columns and gaps, as CSS grid wants them. */
export function template(shown, lefts) {
  let left = NUMBER_PX;
  const widths = shown.map((column, at) => {
    const begin = left;
    left = lefts[column === GAP ? shown[at + 1] ?? lefts.length - 1 : column + 1];
    return `${left - begin}px`;
  });
  return [`${NUMBER_PX}px`, ...widths].join(" ");
}

/** Rows of a height in a box that shows `view` pixels of them. */
export class RowLayout {
  constructor(total, height, view, scrollTop) {
    const all = total * height;
    /** Height of all rows. */
    this.canvas = Math.min(all, CANVAS_PX_MAX);
    // Above the limit, a pixel of scrolling is more than one of the sheet.
    this.scale = all > this.canvas ? (all - view) / (this.canvas - view) : 1;
    this.height = height;
    this.view = view;
    this.scrollTop = scrollTop;
    /** The row at the upper edge, with its fraction. */
    this.edge = (scrollTop * this.scale) / height;
    this.first = Math.max(0, Math.floor(this.edge) - ROWS_SPARE);
    this.last = Math.min(total - 1, Math.ceil(this.edge + view / height) + ROWS_SPARE);
    this.page = Math.max(1, Math.floor(view / height) - 1);
  }

  /** Where a row is within the canvas. */
  top(row) {
    return this.scrollTop + (row - this.edge) * this.height;
  }

  /** What to scroll to so that a row is in view. */
  scrollTo(row) {
    const lowest = row - this.view / this.height + 1;
    return (Math.min(row, Math.max(lowest, this.edge)) * this.height) / this.scale;
  }
}
