// The charts' library is unpacked when the first chart comes into view.
let library = null;

function plotly() {
  library ??= unpacked();
  return library;
}

async function unpacked() {
  const bytes = Uint8Array.from(atob(byId("library").textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = element("script", {}, await new Response(stream).text());
  document.head.append(script);
  return window.Plotly;
}

const isDark = window.matchMedia("(prefers-color-scheme: dark)");
const isNarrow = window.matchMedia("(max-width: 46rem)");
const inView = new IntersectionObserver(drawInView, { rootMargin: "200px" });
const drawings = new Map();

// `describe` gives the traces and the layout; it is asked again where the colours or the width change.
function chart(label, height, describe) {
  const place = element("div", { class: "chart", role: "img", "aria-label": label, style: { height: `${height}px` } });
  drawings.set(place, { describe, height, isDrawn: false });
  inView.observe(place);
  return place;
}

function drawInView(entries) {
  for (const entry of entries.filter((each) => each.isIntersecting)) {
    inView.unobserve(entry.target);
    draw(entry.target);
  }
}

async function draw(place) {
  const drawing = drawings.get(place);
  let plots;
  try {
    plots = await plotly();
  } catch (error) {
    place.textContent = "This browser is too old to unpack the charts.";
    return;
  }
  const { traces, layout } = drawing.describe();
  await plots.react(place, traces, { ...look(drawing.height), ...layout }, { displayModeBar: false, responsive: true });
  drawing.isDrawn = true;
}

function redraw(place) {
  if (drawings.get(place)?.isDrawn) draw(place);
}

function redrawAll() {
  for (const place of drawings.keys()) {
    if (place.isConnected) redraw(place);
  }
}

function forget(within) {
  for (const place of within.querySelectorAll(".chart")) {
    if (drawings.get(place)?.isDrawn) window.Plotly.purge(place);
    inView.unobserve(place);
    drawings.delete(place);
  }
}

isDark.addEventListener("change", redrawAll);
isNarrow.addEventListener("change", redrawAll);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const PALETTE = ["one", "two", "three", "four", "five", "six", "seven"];

function look(height) {
  return {
    height,
    margin: { l: 8, r: 8, t: 8, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: colour("text") },
    colorway: PALETTE.map(colour),
    hoverlabel: {
      bgcolor: colour("raised"),
      bordercolor: colour("line"),
      font: { color: colour("text"), size: 12 },
      align: "left",
      namelength: -1,
    },
    showlegend: false,
  };
}

function axis(title, more = {}) {
  return {
    title: { text: plain(title), font: { size: 11, color: colour("quiet") }, standoff: 8 },
    gridcolor: colour("grid"),
    zerolinecolor: colour("line"),
    tickfont: { size: 11, color: colour("quiet") },
    automargin: true,
    fixedrange: true,
    ...more,
  };
}

// Plotly reads a few tags in texts, and formulas between two "$"; names have none.
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("$", "&#36;");
}

function shortened(text, width) {
  if (text.length <= width) return text;
  const tail = Math.floor(((width - 1) * 2) / 3);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function lines(...texts) {
  return texts.filter(Boolean).map((each) => plain(shortened(each, 90))).join("<br>");
}
