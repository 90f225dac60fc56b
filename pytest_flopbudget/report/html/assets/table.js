const PAGE = 50;

// The table of cases: a page of rows at a time, each unfolding into its detail.
function caseTable(index) {
  const rows = index.rows.map((row, at) => ({ ...row, at }));
  const shown = COLUMNS.filter(({ key }) => key !== "growth" || rows.some((row) => row.changed));
  const state = { sort: "status", isDown: false, from: 0, search: "", status: null };
  const body = document.querySelector("#cases tbody");
  const headings = shown.map((column) => heading(column));
  document.querySelector("#cases thead tr").append(...headings);
  const select = byId("sort");
  select.append(...shown.map(({ key, heading }) => element("option", { value: key }, heading)));
  select.value = state.sort;
  select.addEventListener("change", () => sortBy(select.value));

  function heading({ key, heading, numeric }) {
    return element(
      "th",
      { scope: "col", class: numeric ? "number" : null, "data-key": key },
      element("button", { type: "button", onclick: () => sortBy(key) }, heading),
    );
  }

  function sortBy(key) {
    const column = COLUMNS.find((each) => each.key === key);
    // Numbers first from the largest on.
    state.isDown = state.sort === key ? !state.isDown : Boolean(column.numeric);
    state.sort = key;
    state.from = 0;
    update();
  }

  function update() {
    const wanted = words(state.search);
    const found = rows.filter((row) => (!state.status || row.status === state.status) && matches(row, wanted));
    const ordered = sorted(found, state.sort, state.isDown);
    state.from = Math.min(state.from, Math.max(ordered.length - 1, 0));
    forget(body);
    body.replaceChildren(...ordered.slice(state.from, state.from + PAGE).map((row) => caseRow(row, shown, index.has_tables)));
    byId("nothing").hidden = ordered.length > 0;
    select.value = state.sort;
    for (const each of headings) {
      const direction = state.isDown ? "descending" : "ascending";
      each.setAttribute("aria-sort", each.dataset.key === state.sort ? direction : "none");
    }
    byId("pager").replaceChildren(...pager(state.from, PAGE, ordered.length, (from) => turn(from)));
  }

  function turn(from) {
    state.from = from;
    update();
    byId("cases-heading").scrollIntoView();
  }

  return {
    search: (text) => {
      Object.assign(state, { search: text, from: 0 });
      update();
    },
    only: (status) => {
      Object.assign(state, { status, from: 0 });
      update();
    },
    update,
  };
}

function pager(from, size, total, turn) {
  if (total <= size) return [];
  const last = Math.min(from + size, total);
  return [
    element("button", { type: "button", disabled: from === 0, onclick: () => turn(Math.max(from - size, 0)) }, "Previous"),
    element("span", {}, `${(from + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${total.toLocaleString("en")}`),
    element("button", { type: "button", disabled: last === total, onclick: () => turn(from + size) }, "Next"),
  ];
}

function caseRow(row, columns, hasTables) {
  const cells = {
    id: () => caseCell(row, hasTables),
    status: () => badge(row.status, row.tone),
    used: () => [
      budgetBar(row.used, row.tone),
      row.used === null ? null : element("span", { class: `share ${row.tone}` }, `${row.used}%`),
      element("small", {}, row.metric ? `${row.tightest} ${row.metric.includes("@") ? row.metric : ""}` : row.headline),
    ],
    growth: () => element("span", { title: row.growth ? `${row.growth} MACs` : null }, row.changed),
    macs: () => element("span", { title: row.macs && `${row.macs} MACs` }, row.macs_short),
    params: () => element("span", { title: row.params && `${row.params} params` }, row.params_short),
  };
  const made = element(
    "tr",
    { "data-case": row.id },
    columns.map(({ key, heading, numeric }) =>
      element("td", { class: `${key}${numeric ? " number" : ""}`, "data-heading": heading }, cells[key]()),
    ),
  );
  const button = made.querySelector("button");
  // The button is for the keyboard; a click anywhere in the row does the same, unless it selected some text.
  made.addEventListener("click", () => {
    if (!String(getSelection())) unfold(row, made, button, columns.length);
  });
  return made;
}

function caseCell(row, hasTables) {
  return [
    element("button", { type: "button", class: "fold", "aria-expanded": "false" }, element("span", { class: "name" }, row.id)),
    hasTables ? element("small", {}, row.table || "no table") : null,
  ];
}

function unfold(row, above, button, columns) {
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  if (isOpen) {
    forget(above.nextSibling);
    above.nextSibling.remove();
  } else {
    above.after(element("tr", { class: "unfolded" }, element("td", { colspan: columns }, detail(row.at))));
  }
}
