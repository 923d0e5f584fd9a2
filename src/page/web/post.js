// Speaking with the program: every change goes to it as a POST of JSON with our own header, refusals are shown in its own words.

/** The elements with an id, by their id. @type {Record<string, any>} */
export const part = new Proxy({}, { get: (_, id) => document.getElementById(String(id)) });

/** All elements that a selector finds. @returns {any} */
export function all(selector) {
  return document.querySelectorAll(selector);
}

/** A refusal of the program: what, where and why, one thing to do. Without a status the program is gone. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.what ?? String(status));
    this.status = status;
    this.problem = problem;
  }
}

/** The program is not there any more. */
export function lost() {
  return new Refused(0, { what: document.body.dataset.lost });
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
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw lost();
  }
  return answerOf(response.status, await response.text());
}

/** The JSON of an answer; a refusal is thrown. */
export function answerOf(status, text) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A page, or nothing: only the status speaks.
  }
  if (status >= 300) throw new Refused(status, body.error ?? {});
  return body;
}

/** Follows an answer: to another page, or to this one as it is now. */
export function follow(answer) {
  if (answer.to === undefined) location.reload();
  else location.assign(answer.to);
}

/** Puts a problem into an element: what happened first, then a line each. */
export function write(element, { what, where, hint }) {
  const lines = [what, ...[where ?? []].flat(), hint].filter(Boolean);
  element.replaceChildren(...lines.map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
}

/** Shows a refusal at the top of the page, where a screen reader is told of it. */
export function show(error) {
  if (!(error instanceof Refused)) throw error;
  write(part.problem, { ...error.problem, what: error.message });
  part.problem.hidden = false;
  part.problem.scrollIntoView({ block: "nearest" });
}

/** Takes a refusal that was shown off the page. */
export function clear() {
  part.problem.hidden = true;
}
