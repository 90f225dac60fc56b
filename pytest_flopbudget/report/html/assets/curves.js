// A model's cost over its points beside its limits, one card a model.
function curveCard(curve, hasTables) {
  let line = curve.lines.find((each) => each.limit.some((limit) => limit !== null)) ?? curve.lines[0];
  const place = chart(`The cost of ${curve.model} over its points`, 240, () => overPoints(curve, line));
  const select = element(
    "select",
    { "aria-label": "Metric", onchange: (event) => choose(event.target.selectedIndex) },
    curve.lines.map((each) => element("option", { selected: each === line }, each.name)),
  );
  function choose(at) {
    line = curve.lines[at];
    redraw(place);
  }
  return element(
    "article",
    { class: "card" },
    element(
      "header",
      {},
      element("h3", {}, curve.model),
      hasTables && curve.table ? element("span", { class: "quiet" }, curve.table) : null,
      curve.lines.length > 1 ? select : element("span", { class: "quiet" }, curve.lines[0].name),
    ),
    place,
  );
}

function overPoints(curve, line) {
  const isNumeric = curve.dimension !== "";
  const names = curve.points.map((each) => plain(shortened(each, 24)));
  const at = isNumeric ? curve.sizes : curve.points.map((_, index) => index);
  const number = (each) => (each === null ? null : drawn(each));
  const text = curve.points.map((point, index) =>
    lines(
      point,
      line.measured[index] === null ? "not counted" : `${line.measured[index]} ${line.unit}`,
      line.limit[index] && `limit ${line.limit[index]}`,
    ),
  );
  const tone = line.kept.map((kept) => colour(kept ? "one" : "bad"));
  return {
    traces: [
      {
        type: "scatter", mode: "lines+markers", x: at, y: line.measured.map(number), name: "counted",
        line: { color: colour("one"), width: 2 }, marker: { color: tone, size: 8 },
        hovertext: text, hoverinfo: "text",
      },
      {
        type: "scatter", mode: "markers", x: at, y: line.limit.map(number), name: "limit",
        marker: { symbol: "line-ew-open", size: 22, color: colour("text"), line: { width: 2.5, color: colour("text") } },
        hoverinfo: "skip",
      },
    ],
    layout: {
      xaxis: axis(curve.dimension, { tickmode: "array", tickvals: at, ticktext: isNumeric ? at.map(String) : names }),
      yaxis: axis("", { rangemode: "tozero", tickformat: "~s" }),
      showlegend: true,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 } },
      margin: { l: 8, r: 12, t: 8, b: 8 },
    },
  };
}

// What a case cost at the commits that changed its lock.
function sparkline(history) {
  if (history.commits.length < 2) return null;
  const at = history.commits.map((_, index) => index);
  const describe = () => ({
    traces: [
      {
        type: "scatter", mode: "lines+markers", x: at, y: history.macs.map(drawn),
        line: { shape: "hv", color: colour("one"), width: 2 }, marker: { size: 6, color: colour("one") },
        hovertext: at.map((each) =>
          lines(`${history.commits[each]} ${history.subjects[each]}`, `${history.macs[each]} MACs`),
        ),
        hoverinfo: "text",
      },
    ],
    layout: {
      xaxis: axis("", { tickmode: "array", tickvals: at, ticktext: history.commits.map(plain), showgrid: false }),
      yaxis: axis("", { tickformat: "~s", rangemode: "tozero" }),
    },
  });
  return element(
    "section",
    { class: "wide" },
    element("h3", {}, "MACs over the commits that changed the lock"),
    chart("MACs over the commits", 150, describe),
  );
}
