// The box over all records: htmx brings the list while somebody types, the arrow keys walk through it.

const form = document.querySelector("[data-record-search]");

if (form) {
  const input = form.querySelector("input");
  const options = () => [...form.querySelectorAll("[role='option']")];
  const active = () => document.getElementById(input.getAttribute("aria-activedescendant") ?? "");

  const mark = (option) => {
    options().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const show = (open) => {
    input.setAttribute("aria-expanded", String(open));
    form.classList.toggle("is-open", open);
    if (!open) mark(null);
  };

  const step = (by) => {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(active());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
    mark(all[next]);
  };

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Escape: () => {
      if (!form.classList.contains("is-open")) input.value = "";
      show(false);
    },
    Enter: (event) => {
      const chosen = active();
      if (!chosen) return;
      event.preventDefault();
      chosen.click();
    },
  };

  input.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow") && input.value.trim()) {
      if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
      event.preventDefault();
      show(true);
    }
    keys[event.key]?.(event);
  });
  input.addEventListener("input", () => {
    if (!input.value.trim()) show(false);
  });
  input.addEventListener("focus", () => {
    if (input.value.trim() && options().length) show(true);
  });
  // The list is replaced as a whole: only the new one is still part of the page.
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id !== "record-search-list") return;
    show(document.activeElement === input && Boolean(input.value.trim()));
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) show(false);
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) show(false);
  });
  form.addEventListener("submit", (event) => {
    if (!input.value.trim()) event.preventDefault();
  });
}
