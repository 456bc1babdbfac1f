// "/" search of the list or of all records, "s" of all records, "g h" home, "[" and "]" pages of the list, "?" the list of shortcuts.

let armed = 0;

const typing = (target) =>
  target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName ?? "");

const press = (selector) => {
  const found = document.querySelector(selector);
  if (found) found.click();
  return Boolean(found);
};

const goTo = (search) => {
  search?.focus();
  search?.select();
  return Boolean(search);
};

const recordSearch = () => document.getElementById("record-search");

const actions = {
  "/": () => goTo(document.querySelector("[data-search]") ?? recordSearch()),
  s: () => goTo(recordSearch()),
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
