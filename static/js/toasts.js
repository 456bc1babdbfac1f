// Toasts from HX-Trigger: {"toast": {"kind": "success", "text": "…"}}, from scripts, and from failed requests.

const SHOWN_MS = 6000;
const box = document.getElementById("toasts");

function leave(toast, after) {
  let timer = setTimeout(() => toast.remove(), after);
  const hold = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), 2000);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusout", go);
}

function live(toast) {
  if (toast.dataset.toast !== "error") leave(toast, SHOWN_MS);
}

function show({ kind = "info", text = "" }) {
  const shape = document.getElementById("toast-template");
  const toast = shape.content.firstElementChild.cloneNode(true);
  const icons = { success: "circle-check", warning: "triangle-alert", error: "circle-alert" };
  toast.className = `toast toast-${kind}`;
  toast.dataset.toast = kind;
  toast.querySelector("p").textContent = text;
  const use = toast.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icons[kind] ?? "info"}`));
  box.append(toast);
  live(toast);
}

if (box) {
  box.querySelectorAll("[data-toast]").forEach(live);
  document.addEventListener("toast", (event) => show(event.detail));
  document.addEventListener("click", (event) => {
    event.target.closest("[data-close-toast]")?.closest("[data-toast]").remove();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.getResponseHeader("HX-Trigger")) return;
    show({ kind: "error", text: `That did not work (${xhr.status}). Reload the page and try again.` });
  });
  document.addEventListener("htmx:sendError", () => {
    show({ kind: "error", text: "The server cannot be reached. Check your connection and try again." });
  });
}
