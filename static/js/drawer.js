// Opens the drawer for links marked data-drawer, which htmx fills; gives the focus back when it closes.

const drawer = document.getElementById("drawer");

if (drawer) {
  const body = document.getElementById("drawer-body");
  const title = document.getElementById("drawer-title");
  const asPage = document.getElementById("drawer-page");
  let opener = null;

  const waiting = () => {
    const lines = document.createElement("div");
    lines.className = "skeleton";
    for (let line = 0; line < 6; line += 1) lines.append(document.createElement("span"));
    body.replaceChildren(lines);
    body.setAttribute("aria-busy", "true");
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.detail.elt;
    if (!link.matches?.("[data-drawer]")) return;
    opener = drawer.open ? opener : link;
    title.textContent = link.dataset.drawer || link.textContent.trim();
    asPage.href = link.href;
    waiting();
    if (!drawer.open) drawer.showModal();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== body) return;
    body.removeAttribute("aria-busy");
    body.scrollTop = 0;
    const heading = body.firstElementChild;
    if (heading?.matches("h1, h2")) {
      title.textContent = heading.textContent.trim();
      heading.remove();
    }
  });

  const failed = (event) => {
    if (event.detail.target !== body) return;
    const text = document.createElement("p");
    text.textContent = "This could not be loaded. Close it and try again, or open it as a page.";
    body.replaceChildren(text);
    body.removeAttribute("aria-busy");
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);

  document.addEventListener("drawer:close", () => drawer.close());

  drawer.addEventListener("close", () => {
    body.replaceChildren();
    const back = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
    back?.focus();
    opener = null;
  });
}
