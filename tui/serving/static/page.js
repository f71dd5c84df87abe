"use strict";
// Beside the terminal's own script, which connects the terminal and marks the body: -first-byte, -closed.

const GONE = "Nobody answers here any more: start 'localstore serve' again and open the address it prints.";

function ended(reason) {
  document.getElementById("why").textContent = reason || GONE;
  document.body.classList.add("-closed");
  document.getElementById("again").focus();
}

// The terminal's script does not look at why a socket was closed: the server says it there.
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("close", (event) => ended(event.reason));
    this.addEventListener("open", () => document.querySelector(".xterm-helper-textarea")?.focus());
  }
  send(words) {
    if (this.readyState === Plain.OPEN) super.send(words); // a key on a page that is closed, or not yet open
  }
};

async function again() {
  try {
    const answer = await fetch(location.href, { method: "HEAD" });
    if (answer.ok) return location.reload();
  } catch {}
  ended(GONE);
}

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("again").addEventListener("click", again);
  // Cells are as wide as the font makes them, so it is asked for now: `load`, which starts the terminal, waits for it.
  for (const style of ["", "bold ", "italic "]) document.fonts.load(style + "15px 'Roboto Mono'");
});
