const NEARLY_ALL = 0.6;
const WORDS = { macs: "MACs", params: "parameters" };

// The tree of modules as nested areas: as wide as what each has by itself and below it.
function moduleTree(tree) {
  const has = ["macs", "params"].filter((metric) => tree.total[metric].some((each) => each !== "0"));
  if (!has.length) return null;
  let metric = has[0];
  const depth = Math.max(...tree.paths.map((_, at) => depthOf(tree, at)));
  const height = Math.min(120 + 44 * depth, 460);
  const place = chart("The tree of modules as nested areas", height, () => icicle(tree, metric));
  const switcher = choice("Areas by", has.map((each) => [each, WORDS[each]]), metric, (chosen) => {
    metric = chosen;
    redraw(place);
  });
  return element(
    "section",
    { class: "wide" },
    element("h3", {}, "Where it goes ", has.length > 1 ? switcher : null),
    place,
    tree.left_out ? element("p", { class: "quiet" }, `${counted(tree.left_out, "smaller module")} not drawn`) : null,
    folded(counted(tree.paths.length, "module"), () => moduleTable(tree)),
  );
}

function depthOf(tree, at) {
  let depth = 0;
  for (let each = at; each !== -1; each = tree.parents[each]) depth += 1;
  return depth;
}

function nameOf(tree, at) {
  const path = tree.paths[at];
  const above = tree.parents[at] === -1 ? "" : tree.paths[tree.parents[at]];
  return path === "" ? "the model" : above ? path.slice(above.length + 1) : path;
}

function icicle(tree, metric) {
  const kept = tree.paths.map((_, at) => at).filter((at) => tree.total[metric][at] !== "0");
  const whole = Number(tree.total[metric][0].replaceAll(",", "")) || 1;
  const share = (at) => `${((100 * drawn(tree.total[metric][at])) / whole).toFixed(1)}%`;
  const branches = telling(tree, metric, kept);
  return {
    traces: [
      {
        type: "icicle",
        ids: kept.map(String),
        labels: kept.map((at) => plain(shortened(nameOf(tree, at), 60))),
        parents: kept.map((at) => (tree.parents[at] === -1 ? "" : String(tree.parents[at]))),
        values: kept.map((at) => drawn(tree.own[metric][at])),
        text: kept.map(share),
        hovertext: kept.map((at) =>
          lines(
            tree.paths[at] || "the model",
            `${tree.total[metric][at]} ${WORDS[metric]}, ${share(at)}`,
            `${tree.own[metric][at]} of them by itself`,
            `called ${tree.calls[at].toLocaleString("en")} times`,
          ),
        ),
        textinfo: "label+text",
        hoverinfo: "text",
        branchvalues: "remainder",
        sort: false,
        marker: {
          colors: kept.map((at) => branchColour(tree, at, branches)),
          line: { color: colour("page"), width: 1 },
        },
        tiling: { orientation: "v", pad: 1 },
        pathbar: { visible: true, side: "top", thickness: 22 },
        leaf: { opacity: 1 },
        textfont: { color: kept.map((at) => (branchOf(tree, at, branches) === -1 ? colour("text") : colour("ink"))) },
        root: { color: colour("sunken") },
      },
    ],
    layout: { margin: { l: 0, r: 0, t: 24, b: 0 }, uniformtext: { mode: "hide", minsize: 9 } },
  };
}

// The branches that tell most: the root's children, and those of one that is nearly all of it.
function telling(tree, metric, kept) {
  const children = (of) => kept.filter((at) => tree.parents[at] === of);
  let branches = children(0);
  for (;;) {
    const most = branches.find((at) => drawn(tree.total[metric][at]) > NEARLY_ALL * drawn(tree.total[metric][0]));
    const below = most === undefined ? [] : children(most);
    if (!below.length) return branches;
    branches = branches.flatMap((at) => (at === most ? below : [at]));
  }
}

// What stands in one branch has one colour.
function branchColour(tree, at, branches) {
  const branch = branchOf(tree, at, branches);
  return branch === -1 ? colour("sunken") : colour(PALETTE[branch % PALETTE.length]);
}

function branchOf(tree, at, branches) {
  let each = at;
  while (each !== -1 && !branches.includes(each)) each = tree.parents[each];
  return branches.indexOf(each);
}

function moduleTable(tree) {
  return plainTable(
    [
      { heading: "module", name: true },
      { heading: "calls", numeric: true },
      { heading: "MACs", numeric: true },
      { heading: "parameters", numeric: true },
    ],
    tree.paths.map((path, at) => [
      path || "the model",
      tree.calls[at].toLocaleString("en"),
      tree.total.macs[at],
      tree.total.params[at],
    ]),
  );
}
