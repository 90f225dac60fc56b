const KINDS = [
  ["input", "one", "inputs"],
  ["activation", "two", "activations"],
  ["output", "three", "outputs"],
  ["copy", "four", "copies"],
];

// The plan of memory over the steps of a forward: places where the planner gives them, else what is alive at once.
function memoryPlan(told) {
  const plan = { ...told, boxes: unpackedBoxes(told.boxes) };
  const isPlaced = plan.boxes.every((box) => box.offset !== null);
  const kinds = KINDS.filter(([kind]) => plan.boxes.some((box) => box.kind === kind));
  const where = plan.targets ? ` on ${plan.targets}` : "";
  const height = plan.height === plan.peak ? "" : `; placed, they take ${plan.height_short} (${plan.height} B)`;
  return element(
    "section",
    { class: "wide memory" },
    element("h3", {}, `Memory${where} over the steps of a forward`),
    element(
      "p",
      {},
      `Most is alive at step ${plan.at} of ${plan.steps.toLocaleString("en")}: ${plan.peak_short} (${plan.peak} B)${height}. `,
      isPlaced ? `Placed by ${plan.planner}.` : "Nothing is placed: the areas are what is alive at once.",
    ),
    element(
      "p",
      { class: "legend" },
      kinds.map(([, name, word]) =>
        element("span", {}, element("i", { style: { background: `var(--${name})` } }), word),
      ),
    ),
    chart("Buffers over the steps of a forward", 300, () => (isPlaced ? boxes(plan, kinds) : areas(plan, kinds))),
    plan.limits.map((each) => element("p", { class: "quiet" }, `– – ${each.text}`)),
    plan.left_out ? element("p", { class: "quiet" }, `Not drawn: ${plan.left_out}`) : null,
  );
}

function unpackedBoxes(lists) {
  return lists.start.map((_, at) => Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list[at]])));
}

function boxes(plan, kinds) {
  const traces = kinds.map(([kind, name]) => {
    const own = plan.boxes.filter((box) => box.kind === kind);
    return {
      type: "bar",
      x: own.map((box) => (box.start + box.end) / 2),
      width: own.map((box) => box.end - box.start + 1),
      base: own.map((box) => drawn(box.offset)),
      y: own.map((box) => drawn(box.bytes)),
      hovertext: own.map((box) => boxText(box)),
      hoverinfo: "text",
      marker: { color: colour(name), line: { color: colour("page"), width: 0.6 } },
    };
  });
  return { traces, layout: planLayout(plan, { barmode: "overlay", bargap: 0 }) };
}

function boxText(box) {
  const at = box.offset === null ? "" : ` at ${box.offset}`;
  return lines(box.made_by, box.tensor, `${box.bytes} B${at}`, `alive from step ${box.start} to ${box.end}`);
}

function areas(plan, kinds) {
  const steps = Array.from({ length: plan.steps }, (_, at) => at + 1);
  const traces = kinds.map(([kind, name, word]) => ({
    type: "scatter",
    mode: "lines",
    stackgroup: "alive",
    line: { shape: "hvh", width: 0.5, color: colour(name) },
    fillcolor: colour(name),
    x: steps,
    y: alive(plan, kind),
    name: word,
    hovertemplate: "step %{x}: %{y:,} B<extra>%{fullData.name}</extra>",
  }));
  return { traces, layout: planLayout(plan, { hovermode: "x unified" }) };
}

function alive(plan, kind) {
  const changes = new Array(plan.steps + 1).fill(0);
  for (const box of plan.boxes.filter((each) => each.kind === kind)) {
    changes[box.start - 1] += drawn(box.bytes);
    changes[box.end] -= drawn(box.bytes);
  }
  let sum = 0;
  return changes.slice(0, -1).map((change) => (sum += change));
}

// Ticks at powers of two, as memory is counted.
function byteTicks(top) {
  const step = 2 ** Math.max(Math.ceil(Math.log2(top / 6)), 0);
  const values = Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => at * step);
  const power = Math.min(Math.floor(Math.log2(step) / 10), 4);
  const unit = ["B", "KiB", "MiB", "GiB", "TiB"][power];
  return { tickmode: "array", tickvals: values, ticktext: values.map((each) => `${each / 1024 ** power} ${unit}`) };
}

function planLayout(plan, more) {
  const height = drawn(plan.height);
  // A limit far above would leave the plan a line at the bottom.
  const limits = plan.limits.map((each) => drawn(each.bytes)).filter((each) => each <= 2.5 * height);
  const top = 1.12 * Math.max(height, ...limits, 1);
  return {
    margin: { l: 8, r: 8, t: 22, b: 8 },
    xaxis: axis("step", { range: [0.5, plan.steps + 0.5], showgrid: false }),
    yaxis: axis("", { range: [0, top], ...byteTicks(top) }),
    shapes: [
      ...limits.map((each) => ({
        type: "line", xref: "paper", x0: 0, x1: 1, y0: each, y1: each,
        line: { color: colour("bad"), width: 1.5, dash: "dash" },
      })),
      {
        type: "rect", yref: "paper", x0: plan.at - 0.5, x1: plan.at + 0.5, y0: 0, y1: 1, layer: "above",
        line: { color: colour("text"), width: 1.2 }, fillcolor: "rgba(128,128,128,0.12)",
      },
    ],
    annotations: [
      {
        x: plan.at, y: 1, yref: "paper", yanchor: "bottom", showarrow: false,
        text: `peak ${plain(plan.peak_short)}`, font: { size: 11, color: colour("text") },
      },
    ],
    ...more,
  };
}
