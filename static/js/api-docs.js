// Swagger UI has a dark look of its own, which a class of the page turns on.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

const wear = () => {
  const chosen = root.dataset.theme;
  root.classList.toggle("dark-mode", chosen === "dark" || (chosen !== "light" && dark.matches));
};

dark.addEventListener("change", wear);
wear();
