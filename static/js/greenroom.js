// Conveniences only: everything on the pages works without this file.

// MLflow's clients print addresses of MLflow's own pages, which are all behind the # of the first one.
const HOME = document.documentElement.dataset.home;
const [, area, id, part, other] = location.hash.match(/^#\/(experiments|models)\/([^/?]+)(?:\/(runs|versions)\/([^/?]+))?/) ?? [];
const asked = area && HOME + (part === "runs" ? `runs/${other}` : `${area}/${id}` + (part ? `/versions/${other}` : ""));
if (asked && location.pathname === HOME) location.replace(asked);

// Who has to sign in first is sent on with what is behind the #, which the server never sees.
if (asked && location.pathname === `${HOME}sign-in`) document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("input[name=next]")) {
    if (field.value === HOME) field.value = asked;
  }
  for (const link of document.querySelectorAll("a[href*='?next=']")) {
    const address = new URL(link.href);
    if (address.searchParams.get("next") === HOME) address.searchParams.set("next", asked);
    link.href = address;
  }
});

document.addEventListener("DOMContentLoaded", () => {
  for (const snippet of document.querySelectorAll(".snippet")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    const code = snippet.querySelector("code");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        // Browsers keep the clipboard from pages without TLS on another machine.
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    snippet.append(button);
  }

  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
});

// A star is put and taken away without losing one's place in a long list. On Home it also moves the model, so
// that page is loaded anew; and whatever the server answers but "done, go back" is for the person to see.
let isRefused = false;
document.addEventListener("submit", async (event) => {
  const star = event.submitter;
  if (!star?.matches(".star") || isRefused || location.pathname === HOME) return;
  event.preventDefault();
  const form = event.target;
  const sent = { method: "POST", body: new FormData(form, star), redirect: "manual" };
  const answer = await fetch(form.action, sent).catch(() => null);
  if (answer?.type !== "opaqueredirect") {
    isRefused = true;
    form.requestSubmit(star);
    return;
  }
  const isOn = star.classList.toggle("star-on");
  star.name = isOn ? "take" : "add";
  star.title = isOn ? "Unstar" : "Star this model";
  star.setAttribute("aria-pressed", isOn);
});

// Keys. One that an element names in aria-keyshortcuts takes the focus there and no further; g and the first
// letter of an area goes to it; ? lists them. They can be switched off, for who speaks to the browser.
const OFF = "greenroom-keys-off";
let isGoing = false; // g was the last key

function areas() {
  return new Map([...document.querySelectorAll(".areas a")].map((link) => [link.textContent.trim()[0].toLowerCase(), link]));
}

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function areOn(change) {
  try {
    if (change === true) localStorage.removeItem(OFF);
    if (change === false) localStorage.setItem(OFF, "1");
    return localStorage.getItem(OFF) === null;
  } catch {
    return true; // a browser that keeps nothing for pages
  }
}

function reached() {
  const found = new Map();
  for (const one of document.querySelectorAll("[aria-keyshortcuts]")) {
    const key = one.getAttribute("aria-keyshortcuts");
    if (!found.has(key) && one.checkVisibility()) found.set(key, one);
  }
  return found;
}

function called(element) {
  return (element.title || element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent).trim();
}

function listKeys() {
  if (document.querySelector("dialog.keys")) return;
  const rows = [];
  const row = (words, ...keys) => rows.push(
    make("dt", {}, ...keys.flatMap((key, place) => [place ? " then " : "", make("kbd", { textContent: key })])),
    make("dd", { textContent: words }),
  );
  for (const [key, element] of reached()) row(`Go to: ${called(element)}`, key);
  for (const [key, link] of areas()) row(link.firstChild.textContent.trim(), "g", key);
  row("This list", "?");
  const onOff = make("button", { type: "button", className: "button" });
  const tell = () => { onOff.textContent = areOn() ? "Switch shortcuts off" : "Switch shortcuts on"; };
  onOff.addEventListener("click", () => { areOn(!areOn()); tell(); });
  tell();
  const close = make("button", { type: "button", className: "button button-main", textContent: "Close" });
  const dialog = make("dialog", { className: "keys" },
    make("h2", { id: "keys-title", textContent: "Keyboard shortcuts" }), make("dl", {}, ...rows),
    make("p", { className: "hint", textContent: "A shortcut takes you to a button and never presses it: Enter does. None works while you type." }),
    make("p", { className: "buttons" }, close, onOff));
  dialog.setAttribute("aria-labelledby", "keys-title");
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areOn()) return;
  const link = isGoing && areas().get(event.key);
  const element = !isGoing && reached().get(event.key);
  isGoing = event.key === "g" && !isGoing;
  if (link) link.click();
  else if (event.key === "?") listKeys();
  else if (element) {
    event.preventDefault(); // or the key would be typed where the focus arrives
    element.focus();
    element.select?.();
    element.scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("DOMContentLoaded", () => {
  const foot = document.querySelector(".footer p");
  const help = make("button", { type: "button", className: "as-link", textContent: "Keyboard shortcuts" });
  help.addEventListener("click", listKeys);
  foot.append(foot.childElementCount ? " · " : "", help);
});
