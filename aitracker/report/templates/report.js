// What a report page does beside its charts: tables that follow the controls, downloads, light and dark.
// Runs after view.js, which offers aitrackerView.


function start(payload) {
  const shown = new Map(); // figure -> the table on screen
  const api = aitrackerView.boot(document, payload);

  // The table and the sentence of a chart as it stands: of the prepared variant, of what its marks say, or as given.
  const current = (id) => {
    const given = payload.figures[id];
    const frame = api.frame(id);
    if (!frame) return given;
    const variant = payload.charts[id].variants?.[frame.state?.variant];
    if (variant) return { table: variant.table, caption: variant.caption, says: variant.description };
    if (!given.live || !frame.view) return given;
    return { table: fromMarks(frame.view), caption: "What is drawn", says: spoken(frame.view) ?? given.says };
  };

  for (const [prefix, sources] of Object.entries(payload.sources)) {
    document.getElementById(`${prefix}sources-list`)?.replaceChildren(...sources.map(reference));
  }

  const refresh = (id) => {
    const box = document.getElementById(id);
    const now = current(id);
    if (!box || !now) return;
    const caption = box.querySelector("figcaption");
    if (caption && now.says) caption.textContent = now.says;
    const details = box.querySelector("details.data");
    if (details) {
      const count = now.table.rows.length + (now.table.more ?? 0);
      details.querySelector("summary").textContent = `${now.caption.split(",")[0]}: ${count} ${count === 1 ? "row" : "rows"}`;
      if (details.open) fill(id, box.querySelector(".scroll"), now);
    } else if (box.querySelector(".scroll")) fill(id, box.querySelector(".scroll"), now);
  };

  const fill = (id, place, now) => {
    shown.set(id, now.table);
    place.replaceChildren(tableOf(now.table, now.caption));
  };

  document.addEventListener("aitracker:drawn", (event) => {
    const host = event.target.closest?.("[data-view]");
    if (host) refresh(host.dataset.view);
  });
  for (const details of document.querySelectorAll("details.data")) {
    details.addEventListener("toggle", () => refresh(details.closest("figure").id));
  }
  for (const id of Object.keys(payload.figures)) refresh(id);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.sources-list")) details.open = true;
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-act]");
    if (!button) return;
    const id = button.closest("figure")?.id;
    const { act } = button.dataset;
    if (act === "theme") return turn(button);
    const name = `${document.title.split(" · ")[0]} ${id}`.replace(/[^\w-]+/g, "-").toLowerCase();
    const table = shown.get(id) ?? current(id).table;
    if (act === "csv") save(`${name}.csv`, "text/csv;charset=utf-8", delimited(table, ","));
    if (act === "copy") say(button, (await copy(delimited(table, "\t"))) ? "Copied" : "Could not copy");
    if (act === "svg") save(`${name}.svg`, "image/svg+xml", await api.frame(id).view.toSVG());
    if (act === "png") download(`${name}.png`, await api.frame(id).view.toImageURL("png", 2));
  });
}

// A reference, its address as a link: always text, never markup.
function reference(words) {
  const item = document.createElement("li");
  const [, text, address] = words.match(/^(.*?)(?: (https?:\/\/\S+))?$/s);
  item.textContent = address ? `${text} ` : text;
  if (address) {
    const link = document.createElement("a");
    link.href = address;
    link.rel = "noreferrer";
    link.textContent = address;
    item.append(link);
  }
  return item;
}

// ---------------------------------------------------------------- tables

function tableOf({ columns, rows, more }, words) {
  const table = document.createElement("table");
  table.createCaption().textContent = words;
  const head = table.createTHead().insertRow();
  const body = table.createTBody();
  columns.forEach((column, index) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    if (column.numeric) cell.className = "num";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.unit ? `${column.label} (${column.unit})` : column.label;
    button.addEventListener("click", () => {
      const up = cell.getAttribute("aria-sort") !== "ascending";
      for (const other of head.cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      put(body, columns, sorted(rows, index, up));
    });
    cell.append(button);
    head.append(cell);
  });
  put(body, columns, rows);
  if (!more) return table;
  const note = document.createElement("p");
  note.textContent = `${more} more rows are not shown.`;
  const both = document.createDocumentFragment();
  both.append(table, note);
  return both;
}

function put(body, columns, rows) {
  body.replaceChildren();
  const long = columns.map((_, index) => rows.some((row) => typeof row[index] === "string" && row[index].length > 60));
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((value, index) => {
      const cell = line.insertCell();
      cell.textContent = cellWords(value);
      cell.classList.toggle("unknown", value === null);
      cell.classList.toggle("num", columns[index].numeric);
      cell.classList.toggle("day", /^\d{4}-\d\d-\d\d$/.test(value));
      cell.classList.toggle("long", long[index]);
      if (typeof value === "string" && /^[\u3400-\u9fff·()（）]+$/.test(value)) cell.lang = "zh";
    });
  }
}

function cellWords(value) {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
  return String(value);
}

// Unknown values stay at the end whichever way a column is sorted.
function sorted(rows, index, up) {
  const rank = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  return [...rows].sort((a, b) => {
    if (a[index] === null || b[index] === null) return (a[index] === null) - (b[index] === null);
    return up ? rank(a[index], b[index]) : rank(b[index], a[index]);
  });
}

// A chart that adds up by itself says in its marks' tooltips what it drew. The marks of one kind say the same things;
// the kind with most marks is the chart's matter, the others are totals and signs beside it.
function fromMarks(view) {
  const kinds = new Map();
  const walk = (item) => {
    for (const child of item.items ?? []) {
      const { tooltip } = child;
      if (tooltip && typeof tooltip === "object") {
        const kind = Object.keys(tooltip).join("|");
        if (!kinds.has(kind)) kinds.set(kind, new Map());
        kinds.get(kind).set(JSON.stringify(tooltip), tooltip);
      }
      walk(child);
    }
  };
  walk(view.scenegraph().root);
  const rows = [...([...kinds.values()].sort((a, b) => b.size - a.size)[0]?.values() ?? [])];
  const names = rows.length ? Object.keys(rows[0]) : ["Nothing"];
  const cells = rows.map((row) => names.map((name) => row[name] ?? ""));
  cells.sort((a, b) => String(a[0]).localeCompare(String(b[0]), "en", { numeric: true }));
  return { columns: names.map((name) => ({ name, label: name, unit: null, numeric: false })), rows: cells };
}

// The sentence of such a chart: the finding that it has drawn over itself, and its subtitle.
function spoken(view) {
  const find = (item) => (item.name === "finding_marks" ? item.items[0] : null) ?? (item.items ?? []).reduce((f, i) => f ?? find(i), null);
  try {
    const finding = [find(view.scenegraph().root)?.text ?? view.signal("title")].flat().join(" ");
    return `${finding}. ${view.signal("subtitle")}.`;
  } catch {
    return null;
  }
}

function delimited({ columns, rows }, separator) {
  const quote = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    // A cell that begins like a formula would be run by a spreadsheet.
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /["\n\r]/.test(safe) || safe.includes(separator) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns.map((c) => c.name), ...rows].map((row) => row.map(quote).join(separator)).join("\n") + "\n";
}

// ---------------------------------------------------------------- downloads, clipboard, light and dark

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  download(name, url);
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function download(name, url) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea"); // where the page has no clipboard of its own
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function say(button, words) {
  const before = button.textContent;
  button.textContent = words;
  setTimeout(() => (button.textContent = before), 1500);
}

function turn(button) {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  button.setAttribute("aria-pressed", String(!dark));
}

// What compact.py packed: tables by column, and what is said twice by its place in the pool.
function expanded([value, pool]) {
  const made = (part) => {
    if (part === null || typeof part !== "object") return part;
    if (!Array.isArray(part)) return Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, made(entry)]));
    if (part[0] !== "\u0001") return part.map(made);
    if (part.length === 2) return made(pool[part[1]]);
    const [keys, columns] = [made(part[1]), made(part[2])];
    return columns[0].map((_, row) => {
      const cells = columns.map((column) => column[row]);
      return keys ? Object.fromEntries(cells.map((cell, index) => [keys[index], cell])) : cells;
    });
  };
  const payload = made(value);
  for (const [id, spec] of Object.entries(payload.specs)) payload.charts[id].spec = spec;
  return payload;
}

globalThis.aitrackerReport = Object.freeze({ start: (packed) => start(expanded(packed)) });
