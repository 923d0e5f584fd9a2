// The way in: the code of a one-time link is read from the address, wiped from it, and traded for a session.

import { part, post } from "./post.js";

const code = location.hash.slice(1);
// First of all: it must not stay in the address bar or in the history.
history.replaceState(null, "", location.pathname);

try {
  const { to } = await post("/session", { code, language: navigator.language.startsWith("zh") ? "zh" : "en" });
  location.replace(to);
} catch {
  part.entering.hidden = true;
  part.used.hidden = false;
}
