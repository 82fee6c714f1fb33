// Conveniences only: everything on the pages works without this file.

// MLflow's clients print addresses of MLflow's own pages, which are all behind the # of the first one.
const [, area, id, part, other] = location.hash.match(/^#\/(experiments|models)\/([^/?]+)(?:\/(runs|versions)\/([^/?]+))?/) ?? [];
if (area && location.pathname === "/") {
  location.replace(part === "runs" ? `/runs/${other}` : `/${area}/${id}` + (part ? `/versions/${other}` : ""));
}

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

document.addEventListener("keydown", (event) => {
  const search = document.querySelector("input[type=search]");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
