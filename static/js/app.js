// What every page needs: menus that close, dialogs, copying, announcements and a line while a request runs.

const announced = new Map();
let running = 0;

function announce(element) {
  const text = element.dataset.announce;
  const region = document.getElementById("announcer");
  if (!region || !text || announced.get(element.id) === text) return;
  announced.set(element.id, text);
  region.textContent = text;
}

function reveal(root) {
  root.querySelectorAll("[data-copy][hidden], [data-open-dialog][hidden]").forEach((button) => {
    button.hidden = false;
  });
  root.querySelectorAll("[data-announce]").forEach((element) => {
    if (!announced.has(element.id)) announced.set(element.id, element.dataset.announce);
  });
}

function closeMenus(except) {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!except || !menu.contains(except)) menu.open = false;
  });
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "success", text: "Copied." } }));
  } catch {
    getSelection().selectAllChildren(source);
    document.dispatchEvent(
      new CustomEvent("toast", { detail: { kind: "warning", text: "Press Ctrl+C to copy what is marked." } }),
    );
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const open = event.target.closest("[data-open-dialog]");
  if (open) {
    closeMenus();
    document.getElementById(open.dataset.openDialog).showModal();
  }
  const close = event.target.closest("[data-close-dialog]");
  if (close) close.closest("dialog").close();
  const copying = event.target.closest("[data-copy]");
  if (copying) copy(copying);
  if (event.target.matches("details.nav-sheet[open] > summary")) return;
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  closeMenus();
  if (menu) menu.querySelector("summary").focus();
});

document.addEventListener("focusin", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});

const quiet = (event) => event.detail.elt?.closest?.("[data-announce]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (quiet(event)) return;
  running += 1;
  document.documentElement.classList.add("is-busy");
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (quiet(event)) return;
  running = Math.max(0, running - 1);
  if (!running) document.documentElement.classList.remove("is-busy");
});

document.addEventListener("htmx:load", (event) => {
  const root = event.detail.elt;
  if (root.dataset?.announce) announce(root);
  reveal(root);
});

// A form that came back with its own errors (400 or 422) is shown in its place; other errors become toasts.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 422 || (xhr.status === 400 && !xhr.getResponseHeader("HX-Reswap"))) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// A link that htmx serves opens in a new tab like any other when the reader asks for one.
document.addEventListener(
  "click",
  (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[hx-get]")) {
      event.stopImmediatePropagation();
    }
  },
  true,
);

// Where the pressed link is gone with the swap, the focus goes on in the list that took its place.
function keepPlace(swapped) {
  if (document.activeElement !== document.body || !swapped.matches?.(".table-card")) return;
  swapped.querySelector(".table-scroll")?.focus({ preventScroll: true });
}

// A list that is swapped while somebody types into its search keeps what was typed meanwhile.
let typed = null;
document.addEventListener("htmx:beforeSwap", () => {
  const search = document.activeElement?.closest("[data-search]");
  typed = search && { id: search.id, text: search.value };
});
document.addEventListener("htmx:afterSettle", (event) => {
  keepPlace(event.target);
  const search = typed && document.getElementById(typed.id);
  if (search && document.activeElement === search && search.value !== typed.text) {
    search.value = typed.text;
    search.dispatchEvent(new Event("input", { bubbles: true }));
  }
  typed = null;
});

reveal(document);
