"use strict";

// Elements are made of text nodes alone: whatever a name has in it stays text.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(made.style, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const byId = (id) => document.getElementById(id);

function data(id) {
  return JSON.parse(byId(id).textContent);
}

// A number written to its last digit, "29,720,576": exact, where it is compared; rounded, where it is drawn.
function integer(text) {
  return BigInt(text.replaceAll(",", "").replace("+", ""));
}

function drawn(text) {
  return Number(text.replaceAll(",", ""));
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// How a limit stands: up to it the bar fills; beyond it, all is filled, and a mark shows where the limit was.
function budgetBar(used, tone) {
  if (used === null) return null;
  const over = used > 100;
  return element(
    "span",
    { class: `budget ${tone}`, role: "img", "aria-label": `${used}% used` },
    element("span", { class: "fill", style: { width: `${over ? 100 : used}%` } }),
    over ? element("span", { class: "mark", style: { left: `${10000 / used}%` } }) : null,
  );
}

function badge(status, tone) {
  return element("span", { class: `badge ${tone}` }, status);
}

// A table of plain texts; a column is its heading, and whether it holds numbers.
function plainTable(columns, rows) {
  const classOf = (column) => (column.numeric ? "number" : column.name ? "name" : null);
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { class: "plain" },
      element(
        "thead",
        {},
        element("tr", {}, columns.map((each) => element("th", { scope: "col", class: classOf(each) }, each.heading))),
      ),
      element(
        "tbody",
        {},
        rows.map((cells) =>
          element("tr", {}, cells.map((cell, at) => element("td", { class: classOf(columns[at]) }, cell))),
        ),
      ),
    ),
  );
}

// Long tables are folded, and made when they are opened.
function folded(summary, make) {
  const fold = element("details", {}, element("summary", {}, summary));
  fold.addEventListener("toggle", () => fold.children.length === 1 && fold.append(make()), { once: true });
  return fold;
}

function choice(label, options, chosen, choose) {
  const buttons = options.map(([value, text]) =>
    element("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => pick(value) }, text),
  );
  function pick(value) {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(options[at][0] === value)));
    choose(value);
  }
  return element("span", { class: "choice", role: "group", "aria-label": label }, buttons);
}
