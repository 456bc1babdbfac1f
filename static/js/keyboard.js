// "/" search, "g h" home, "[" and "]" pages of the list, "?" the list of shortcuts.

let armed = 0;

const typing = (target) =>
  target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName ?? "");

const press = (selector) => {
  const found = document.querySelector(selector);
  if (found) found.click();
  return Boolean(found);
};

const actions = {
  "/": () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  "?": () => {
    const dialog = document.getElementById("shortcuts");
    dialog?.showModal();
    return Boolean(dialog);
  },
  g: () => {
    armed = Date.now();
    return true;
  },
  h: () => {
    if (Date.now() - armed > 1200) return false;
    location.assign(document.body.dataset.home || "/");
    return true;
  },
  "]": () => press("a[rel='next']"),
  "[": () => press("a[rel='prev']"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (actions[event.key]?.()) event.preventDefault();
});
