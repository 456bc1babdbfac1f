// Turns the page at once, then tells the server; the form works alone where this does not run.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

const shown = () => {
  const chosen = root.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
};

const tell = () => document.dispatchEvent(new CustomEvent("theme:change", { detail: shown() }));

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-toggle]");
  if (!form) return;
  event.preventDefault();
  const next = shown() === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  tell();
  const body = new FormData(form);
  body.set("theme", next);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    const text = "Your choice holds for this page only: it could not be saved. Reload and try again.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "warning", text } }));
  }
});

dark.addEventListener("change", tell);
