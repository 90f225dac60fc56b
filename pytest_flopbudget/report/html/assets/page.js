const CARDS = 24;

function start() {
  const index = data("index");
  const table = caseTable(index);
  byId("total").textContent = counted(index.rows.length, "case");
  tallies(index, table);
  told(index);
  const showCurves = curveCards(index);
  let waiting = 0;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      table.search(event.target.value);
      showCurves(event.target.value);
    }, 80);
  });
  table.update();
  showCurves("");
}

// How many cases there are of each status: a click shows these alone.
function tallies(index, table) {
  const tones = new Map(index.rows.map((row) => [row.status, row.tone]));
  const buttons = index.tallies.map(([status, number]) =>
    element(
      "button",
      { type: "button", class: `tally ${tones.get(status)}`, "aria-pressed": "false", onclick: () => only(status) },
      element("b", {}, number.toLocaleString("en")),
      ` ${status}`,
    ),
  );
  function only(status) {
    const at = index.tallies.findIndex(([each]) => each === status);
    const isOn = buttons[at].getAttribute("aria-pressed") === "true";
    buttons.forEach((button, each) => button.setAttribute("aria-pressed", String(each === at && !isOn)));
    table.only(isOn ? null : status);
  }
  byId("tallies").append(...buttons);
}

// What no row tells: tables with mistakes, and cases that did not run.
function told(index) {
  if (index.mistakes.length) {
    byId("mistakes").hidden = false;
    byId("mistakes").append(
      element("h2", {}, "Mistakes in tables"),
      element("ul", {}, index.mistakes.map((each) => element("li", {}, each))),
    );
  }
  if (index.not_run.length) {
    byId("not-run").hidden = false;
    const list = () =>
      plainTable(
        [{ heading: "case", name: true }, { heading: "table", name: true }, { heading: "why" }],
        index.not_run,
      );
    byId("not-run").append(folded(`${counted(index.not_run.length, "declared case")} did not run`, list));
  }
}

function curveCards(index) {
  byId("models").hidden = index.curves.length === 0;
  const place = byId("curves");
  return function show(search, from = 0) {
    const wanted = words(search);
    const found = index.curves.filter((each) => {
      each.haystack ??= [each.table, ...each.points.map((point) => `${each.model}::${point}`)].join("\n").toLocaleLowerCase("en");
      return wanted.every((word) => each.haystack.includes(word));
    });
    forget(place);
    place.replaceChildren(...found.slice(from, from + CARDS).map((each) => curveCard(each, index.has_tables)));
    byId("more-curves").replaceChildren(...pager(from, CARDS, found.length, (next) => {
      show(search, next);
      byId("models-heading").scrollIntoView();
    }));
  };
}

start();
