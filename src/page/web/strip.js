// The strip beside the scroll bar: where in the sheet the problems are. For the eye only; keys go from problem to problem.

/** Lets a click go to a place of the sheet, told as a part of 1. */
export function clickable(strip, go) {
  strip.addEventListener("click", ({ clientY }) => {
    const { top, height } = strip.getBoundingClientRect();
    go((clientY - top) / height);
  });
}

/** Draws how many problems there are in each of so many equal parts of the sheet. */
export function draw(strip, counts) {
  const most = Math.max(...counts, 1);
  // Few problems must be seen as well.
  const bar = (count, at) => (count === 0 ? "" : `M0 ${at}h${0.4 + (0.6 * count) / most}v1H0`);
  strip.setAttribute("viewBox", `0 0 1 ${counts.length}`);
  strip.firstElementChild.setAttribute("d", counts.map(bar).join(""));
}
