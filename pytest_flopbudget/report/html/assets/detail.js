const MOST_LIMITS = 12;

// All that is told of a case, below its row.
function detail(at) {
  const told = data(`detail-${at}`);
  return element(
    "div",
    { class: "detail" },
    findings(told),
    grown(told.grown),
    limits(told.limits),
    shares(told.shares),
    uncounted(told.uncounted),
    moduleTree(told.modules),
    told.plans.map(memoryPlan),
    sparkline(told.history),
    numbers(told.numbers),
    facts(told.facts),
  );
}

const TONES = { error: "bad", warn: "warn", off: "idle" };

function findings(told) {
  if (!told.findings.length && !told.details.length) return null;
  return element(
    "section",
    { class: "wide" },
    element(
      "ul",
      { class: "findings" },
      told.findings.map(([status, level, text]) => element("li", {}, badge(status, TONES[level]), " ", text)),
    ),
    told.details.length ? element("pre", {}, told.details.join("\n")) : null,
  );
}

function grown(changes) {
  if (!changes.length) return null;
  const columns = [
    { heading: "module", name: true },
    { heading: "" },
    { heading: "before", numeric: true },
    { heading: "now", numeric: true },
    { heading: "change", numeric: true },
    { heading: "" },
  ];
  const rows = changes.map((each) => [
    each.was && each.was !== each.path ? `${each.path || "the model"} (was ${each.was})` : each.path || "the model",
    each.fate,
    each.before,
    each.after,
    each.before === each.after ? "same" : `${each.growth} ${each.metric}${each.relative ? `, ${each.relative}` : ""}`,
    each.operator,
  ]);
  return element("section", { class: "wide" }, element("h3", {}, "What grew"), plainTable(columns, rows));
}

function limits(all) {
  if (!all.length) return null;
  const table = (some) =>
    element(
      "div",
      { class: "limits" },
      some.map((each) => {
        const tone = each.kept ? "good" : "bad";
        const what = each.module ? `${each.metric} of ${each.module}` : each.metric;
        const sign = each.relation === "=" ? "must be" : "limit";
        return element(
          "div",
          { class: "limit" },
          element("div", { class: "what" }, what),
          element("div", {}, budgetBar(each.used, tone)),
          element("div", { class: `share ${tone}` }, each.used === null ? "" : `${each.used}%`),
          element("div", { class: "told" }, each.told),
          element(
            "div",
            { class: "quiet exactly" },
            `${each.measured} counted, ${sign} ${each.limit} ${each.unit === "B" ? "B " : ""}at ${each.place}`,
            each.reason ? `: ${each.reason}` : "",
          ),
        );
      }),
    );
  const rest = all.slice(MOST_LIMITS);
  return element(
    "section",
    { class: "wide" },
    element("h3", {}, "Limits"),
    table(all.slice(0, MOST_LIMITS)),
    rest.length ? folded(counted(rest.length, "more limit"), () => table(rest)) : null,
  );
}

function shares(all) {
  if (!all.length) return null;
  const columns = [
    { heading: "case", name: true },
    { heading: "metric" },
    { heading: "its share", numeric: true },
    { heading: "would have to lose", numeric: true },
  ];
  return element(
    "section",
    {},
    element("h3", {}, "Shares"),
    plainTable(columns, all.map((each) => [each.case, each.metric, each.value, each.to_lose])),
  );
}

function uncounted(all) {
  if (!all.length) return null;
  const list = () => element("ul", {}, all.map((each) => element("li", {}, element("code", {}, each))));
  return element(
    "section",
    {},
    element("h3", {}, "Uncounted"),
    all.length > MOST_LIMITS ? folded(counted(all.length, "operator"), list) : list(),
  );
}

function numbers(all) {
  if (!all.length) return null;
  const isLocked = all.some((each) => each.locked);
  const columns = [{ heading: "metric", name: true }, { heading: "counted", numeric: true }];
  if (isLocked) columns.push({ heading: "in the lock", numeric: true });
  const unit = (each) => (each.unit === "B" || each.unit === "µs" ? ` ${each.unit}` : "");
  const rows = all.map((each) => {
    const cells = [each.metric, each.value && `${each.value}${unit(each)}`];
    return isLocked ? [...cells, each.locked] : cells;
  });
  return element("section", {}, element("h3", {}, "Numbers"), plainTable(columns, rows));
}

function facts(all) {
  return element(
    "section",
    {},
    element("h3", {}, "How it was counted"),
    element("dl", {}, all.map(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]).flat()),
  );
}
