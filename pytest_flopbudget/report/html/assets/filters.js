// Which rows are shown, and in which order; the page begins with the worst.
const COLUMNS = [
  { key: "id", heading: "Case", up: (one, other) => one.id.localeCompare(other.id, "en", { numeric: true }) },
  { key: "status", heading: "Status", up: (one, other) => one.at - other.at },
  { key: "used", heading: "Budget", numeric: true, up: byNumber("used") },
  { key: "growth", heading: "Since the lock", numeric: true, up: byInteger("growth") },
  { key: "macs", heading: "MACs", numeric: true, up: byInteger("macs") },
  { key: "params", heading: "Params", numeric: true, up: byInteger("params") },
];

function byNumber(key) {
  return (one, other) => one[key] - other[key];
}

function byInteger(key) {
  return (one, other) => {
    const difference = integer(one[key]) - integer(other[key]);
    return difference > 0n ? 1 : difference < 0n ? -1 : 0;
  };
}

// Rows without a value stand last, whichever way they are sorted.
function sorted(rows, key, isDown) {
  const column = COLUMNS.find((each) => each.key === key);
  const has = (row) => row[key] !== null && row[key] !== "";
  const known = rows.filter(has).sort((one, other) => (isDown ? -column.up(one, other) : column.up(one, other)) || one.at - other.at);
  return [...known, ...rows.filter((row) => !has(row))];
}

function words(text) {
  return text.toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
}

// Every word must stand somewhere in the row.
function matches(row, wanted) {
  row.haystack ??= [row.id, row.table, row.model, row.status, row.kind, row.metric, row.headline]
    .join("\n")
    .toLocaleLowerCase("en");
  return wanted.every((word) => row.haystack.includes(word));
}
