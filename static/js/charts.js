// Draws <div data-chart> with Plotly, fetched once and only where a chart stands, in the colours of the page.
// A figure names colours as "var(--chart-1)"; they are read anew when the theme turns.

const drawn = new Map();
let plotly = null;

// Elements that Plotly looks for before it injects a <style>, which the Content-Security-Policy refuses.
const STYLE_MARKS = ["9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53"];

function load(element) {
  plotly ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.id = "plotly.js-style-global";
    sheet.className = "no-inline-styles";
    sheet.href = element.dataset.plotlyCss;
    STYLE_MARKS.forEach((id) => {
      const mark = document.createElement("meta");
      mark.id = id;
      document.head.append(mark);
    });
    const script = document.createElement("script");
    script.src = element.dataset.plotlyJs;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => reject(new Error("The chart library could not be loaded.")));
    document.head.append(sheet, script);
  });
  return plotly;
}

const probe = document.createElement("span");
probe.hidden = true;

function colour(name) {
  probe.style.color = "";
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

function inColours(value, seen) {
  if (typeof value === "string") {
    const found = /^var\((--[\w-]+)\)$/.exec(value);
    if (!found) return value;
    return (seen[found[1]] ??= colour(found[1]));
  }
  if (Array.isArray(value)) return value.map((each) => inColours(each, seen));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inColours(each, seen)]));
  }
  return value;
}

const axis = {
  gridcolor: "var(--chart-grid)",
  linecolor: "var(--border)",
  zerolinecolor: "var(--border-strong)",
  tickcolor: "var(--border)",
  automargin: true,
  title: { standoff: 12 },
};

function layoutOf(own) {
  const font = getComputedStyle(document.body).fontFamily;
  const layout = {
    font: { family: font, size: 12, color: "var(--text-muted)" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { t: 10, r: 10, b: 32, l: 44 },
    hovermode: "closest",
    hoverlabel: {
      bgcolor: "var(--surface-raised)",
      bordercolor: "var(--border-strong)",
      font: { family: font, size: 12, color: "var(--text)" },
    },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", xanchor: "left" },
    colorway: [1, 2, 3, 4, 5, 6, 7, 8].map((each) => `var(--chart-${each})`),
    ...own,
  };
  const axes = new Set(["xaxis", "yaxis", ...Object.keys(own).filter((key) => /^[xy]axis\d*$/.test(key))]);
  axes.forEach((key) => {
    layout[key] = { ...axis, ...(key.startsWith("x") ? { showgrid: false } : {}), ...own[key] };
  });
  return layout;
}

const addressOf = (point) => {
  const data = Array.isArray(point?.customdata) ? point.customdata[0] : point?.customdata;
  return typeof data === "string" && data.startsWith("/") && !data.startsWith("//") ? data : null;
};

async function draw(element) {
  try {
    const figure = drawn.get(element) ?? JSON.parse(document.getElementById(element.dataset.chart).textContent);
    const Plotly = await load(element);
    if (!element.isConnected) return;
    document.body.append(probe);
    const { data, layout } = inColours({ data: figure.data, layout: layoutOf(figure.layout) }, {});
    probe.remove();
    const config = { displayModeBar: false, responsive: true, displaylogo: false, scrollZoom: false, doubleClick: "reset" };
    await Plotly.react(element, data, layout, config);
    if (!drawn.has(element)) {
      drawn.set(element, figure);
      element.classList.toggle("is-clickable", JSON.stringify(figure.data).includes('"customdata"'));
      element.on("plotly_click", (event) => {
        const address = addressOf(event.points?.[0]);
        if (address) location.assign(address);
      });
    }
    element.dataset.state = "drawn";
  } catch (error) {
    element.dataset.state = "failed";
    element.closest("figure")?.querySelector("details")?.setAttribute("open", "");
    console.error(error);
  }
}

function drawAll(root) {
  drawn.forEach((_, element) => {
    if (element.isConnected) return;
    window.Plotly?.purge(element);
    drawn.delete(element);
  });
  root.querySelectorAll("[data-chart]").forEach((element) => {
    if (!drawn.has(element)) draw(element);
  });
}

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentNode ?? document));
document.addEventListener("theme:change", () => drawn.forEach((_, element) => draw(element)));
drawAll(document);
