// Speaking with the program: each change is a POST of JSON with our own header, refusals are shown in its own words.

/** The elements with an id, by their id. @type {Record<string, any>} */
export const part = new Proxy({}, { get: (_, id) => document.getElementById(String(id)) });

/** All elements that a selector finds. @returns {any} */
export function all(selector) {
  return document.querySelectorAll(selector);
}

export function on(element, name, does) {
  element.addEventListener(name, does);
}

/** A refusal of the program: what, where and why, one thing to do. */
function refused(status, problem) {
  return Object.assign(new Error(problem.what ?? String(status)), { status, problem });
}

/** The program is not there any more. */
export function lost() {
  return refused(0, { what: document.body.dataset.lost });
}

/** Posts JSON and gives the answer. */
export function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Feishu-Bulk": "1" };
  return reach(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Reads JSON. */
export function get(path) {
  return reach(path, {});
}

async function reach(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw lost();
  });
  return answerOf(response.status, await response.text());
}

/** The JSON of an answer; a refusal is thrown. */
export function answerOf(status, text) {
  // A page says nothing here: only its status does.
  const body = text.startsWith("{") ? JSON.parse(text) : {};
  if (status >= 300) throw refused(status, body.error ?? {});
  return body;
}

/** Follows an answer: to another page, or to this one as it is now. */
export function follow(answer) {
  if (answer.to === undefined) location.reload();
  else location.assign(answer.to);
}

/** Puts a problem into an element, a paragraph for each of its lines. */
export function write(element, { what = "", where = [], hint = "" }) {
  const lines = [what, where, hint].flat().filter(Boolean);
  element.replaceChildren(...lines.map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
}

/** Shows a refusal at the top of the page. */
export function show(error) {
  if (error.problem === undefined) throw error;
  write(part.problem, { ...error.problem, what: error.message });
  part.problem.hidden = false;
  part.problem.scrollIntoView({ block: "nearest" });
}

/** Takes that refusal away. */
export function clear() {
  part.problem.hidden = true;
}
