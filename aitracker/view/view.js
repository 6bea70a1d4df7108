// The one script behind every chart: an anywidget module in JupyterLab, a plain script in a report.
//
// A Frame owns one chart on the page. It is told what to show, never how: it compares the new state
// with the one on screen, keeps the Vega view while the template is the same, and patches only what
// differs. Everything below the line "exports" is replaced when the text is inlined in a page
// (see runtime.py), so nothing else here may use `export` or `import`.

const DRAWN = "aitracker:drawn";
const STYLE_ID = "aitracker-view-style";
const STYLE = `
.aitracker-view { position: relative; width: 100%; min-width: 0; overflow-x: auto; overflow-y: hidden; }
.aitracker-pane svg { display: block; }
.aitracker-pane-next { position: absolute; inset: 0 0 auto 0; visibility: hidden; }
.aitracker-error { margin: 0; padding: .5em .75em; border-left: 3px solid #b3261e; white-space: pre-wrap;
  font: 13px/1.4 system-ui, sans-serif; color: inherit; }
.aitracker-tip { position: fixed; z-index: 10000; max-width: 26rem; padding: .4em .6em; border-radius: 4px;
  pointer-events: none; font: 12px/1.4 system-ui, sans-serif; white-space: pre-line; overflow-wrap: anywhere;
  color: #1b1b1b; background: #fff; border: 1px solid #bbb; box-shadow: 0 1px 6px rgb(0 0 0 / 25%); }
.aitracker-tip[data-mode=dark] { color: #eee; background: #222; border-color: #666; }
.aitracker-tip th { padding: 0 .8em 0 0; text-align: left; vertical-align: top; font-weight: 600; }
.aitracker-tip td { text-align: left; }
`;

// ---------------------------------------------------------------- the Vega runtime, once a page

// Every widget brings its own copy of this module, so what must exist once lives on the page.
function page() {
  return (globalThis.__aitracker_vega__ ??= { loads: 0, ready: {}, bundles: {} });
}

// The promise of {vega, vegaLite} for one bundle; `source` gives the gzipped text when it is needed.
function loadRuntime(key, source) {
  const shared = page();
  shared.ready[key] ??= (async () => {
    if (!shared.bundles[key]) await importText(await gunzip(await source()));
    if (!shared.bundles[key]) throw new Error("the drawing library did not load");
    shared.loads += 1;
    return shared.bundles[key];
  })().catch((error) => {
    delete shared.ready[key]; // a later chart may try again
    throw error;
  });
  return shared.ready[key];
}

async function gunzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function importText(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    await import(/* webpackIgnore: true */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

// ---------------------------------------------------------------- light and dark

function mode() {
  const lab = document.body?.dataset.jpThemeLight; // JupyterLab says "true" or "false"
  if (lab !== undefined) return lab === "false" ? "dark" : "light";
  const chosen = document.documentElement.dataset.theme; // a report's own switch
  if (chosen === "light" || chosen === "dark") return chosen;
  return globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

// The dark form of a state. Equal templates stay one object, for that is how a Frame knows them.
const recoloured = new WeakMap();
function darkened(state) {
  if (state.dark) return { ...state, ...state.dark };
  if (!state.colours) return state;
  if (!recoloured.has(state.spec)) {
    const text = JSON.stringify(state.spec).replace(/#[0-9a-f]{6}\b/g, (colour) => state.colours[colour] ?? colour);
    recoloured.set(state.spec, JSON.parse(text));
  }
  return { ...state, spec: recoloured.get(state.spec) };
}

// Calls back when the mode may have changed; returns the function that stops it.
function watchMode(callback) {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const media = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  media?.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    media?.removeEventListener("change", callback);
  };
}

// ---------------------------------------------------------------- tooltips

// Text only ever enters the page through textContent, so a name in the data cannot become markup.
class Tip {
  #box = null;

  show(event, value) {
    if (value === null || value === undefined || value === "") return this.hide();
    if (!this.#box) {
      this.#box = document.createElement("div");
      this.#box.className = "aitracker-tip";
      this.#box.setAttribute("role", "tooltip");
      document.body.append(this.#box);
    }
    const box = this.#box;
    box.dataset.mode = mode();
    box.replaceChildren(tipContent(value));
    const { clientX, clientY } = event.changedTouches?.[0] ?? event;
    const left = Math.min(clientX + 12, innerWidth - box.offsetWidth - 8);
    const below = clientY + 14;
    const top = below + box.offsetHeight > innerHeight ? clientY - box.offsetHeight - 10 : below;
    box.style.left = `${Math.max(4, left)}px`;
    box.style.top = `${Math.max(4, top)}px`;
  }

  hide() {
    this.#box?.remove();
    this.#box = null;
  }
}

function tipContent(value) {
  if (typeof value !== "object" || value instanceof Date) return document.createTextNode(String(value));
  const table = document.createElement("table");
  for (const [key, entry] of Object.entries(value)) {
    const row = table.insertRow();
    const head = document.createElement("th");
    head.textContent = key;
    row.append(head);
    const text = entry !== null && typeof entry === "object" ? JSON.stringify(entry) : String(entry);
    row.insertCell().textContent = text;
  }
  return table;
}

// ---------------------------------------------------------------- one chart

const OFFLINE = {
  load: () => Promise.reject(new Error("charts load nothing from the network or from files")),
  http: () => Promise.reject(new Error("charts load nothing from the network")),
  file: () => Promise.reject(new Error("charts load no files")),
  // Links that a reader clicks are fine; pictures must be inside the chart itself.
  async sanitize(uri, options) {
    const allowed = options?.context === "href" ? /^(https?:|mailto:|#)/i : /^data:image\//i;
    if (!allowed.test(uri)) throw new Error(`address not allowed in a chart: ${uri}`);
    const link = options?.context === "href" && !uri.startsWith("#");
    return link ? { href: uri, target: "_blank", rel: "noopener noreferrer" } : { href: uri };
  },
};

class Frame {
  #host;
  #runtime;
  #shown = null; // the state that the page shows, or is being made to show
  #wanted = null; // the newest state asked for; older ones are simply forgotten
  #busy = false;
  #dead = false;
  #view = null;
  #pane = null;
  #formats = new Map(); // data set name -> how Vega-Lite wants its fields parsed
  #mode = mode();
  #width = 0;
  #failure = null;
  #resolved = { from: null, mode: null, state: null };
  #tip = new Tip();
  #observer = null;
  #unwatch = null;

  constructor(host, runtime) {
    this.#host = host;
    this.#runtime = runtime;
    addStyle();
    host.classList.add("aitracker-view");
    host.dataset.drawn ??= "0";
    this.#observer = new ResizeObserver(() => this.#pump());
    this.#observer.observe(host);
    this.#unwatch = watchMode(() => this.#pump());
  }

  get host() {
    return this.#host;
  }

  get view() {
    return this.#view;
  }

  get state() {
    return this.#wanted;
  }

  // Ask for a state: {spec, datasets: {name: {rows, rev?}}, params, description, config: {light, dark}, colours?, dark?}.
  // In dark mode `colours` ({light: dark}) are exchanged, or `dark` replaces parts of the state ({spec, datasets}).
  show(state) {
    this.#wanted = state;
    this.#pump();
  }

  // Ask for a few new values of parameters or rows; the rest stays.
  patch({ params = {}, datasets = {} }) {
    const now = this.#wanted;
    this.show({ ...now, params: { ...now.params, ...params }, datasets: { ...now.datasets, ...datasets } });
  }

  destroy() {
    this.#dead = true;
    this.#observer.disconnect();
    this.#unwatch();
    this.#clear();
  }

  // One drawing at a time. While one is under way newer states only replace #wanted, so however
  // fast they come, the chart skips to the last.
  async #pump() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let job = this.#next(); job; job = this.#next()) {
        try {
          await job();
        } catch (error) {
          if (!this.#dead) this.#fail(error);
        }
      }
    } finally {
      this.#busy = false;
    }
  }

  // The next piece of work, or null when the page shows what is wanted.
  #next() {
    const [want, have] = [this.#resolve(), this.#shown];
    if (this.#dead || !want) return null;
    if (!want.spec) return want === have ? null : () => this.#empty(want);
    const fluid = want.spec.width === "container";
    const width = this.#host.clientWidth;
    if (fluid && !width) return null; // not laid out yet: the observer calls again
    const changes = this.#view ? diff(have, want) : null;
    if (want !== have && (!changes || !this.#patchable(changes))) return () => this.#embed(want);
    if (this.#failure) return null; // nothing new was asked for since it failed
    if (this.#mode !== mode()) return () => this.#embed(want);
    const resized = fluid && Math.abs(width - this.#width) >= 1;
    if (want === have && !resized) return null;
    return () => this.#update(want, changes, resized ? width : null);
  }

  // The wanted state in the mode of the page; the same object as long as neither changes.
  #resolve() {
    const [from, now] = [this.#wanted, mode()];
    if (this.#resolved.from !== from || this.#resolved.mode !== now) {
      this.#resolved = { from, mode: now, state: now === "dark" && from ? darkened(from) : from };
    }
    return this.#resolved.state;
  }

  #patchable(changes) {
    return !changes.template && changes.datasets.every((name) => this.#formats.has(name));
  }

  async #embed(want) {
    this.#shown = want;
    this.#mode = mode();
    this.#failure = null;
    const { vega, vegaLite } = await this.#runtime();
    await new Promise((go) => setTimeout(go)); // so that each chart is seen as soon as it is drawn, not all at the end
    if (this.#dead) return;
    const theme = want.config?.[this.#mode] ?? {};
    const compiled = vegaLite.compile(filled(want), {
      config: vega.mergeConfig({}, theme, { background: "transparent" }),
      logger: quietLogger(),
    }).spec;
    this.#formats = new Map();
    for (const source of compiled.data ?? []) {
      if (source.name in want.datasets) this.#formats.set(source.name, source.format?.parse ?? null);
    }
    // The new pane is drawn unseen over the old one and then takes its place: no flicker.
    const pane = document.createElement("div");
    pane.className = "aitracker-pane aitracker-pane-next";
    this.#host.append(pane);
    const view = new vega.View(vega.parse(compiled, {}), {
      renderer: "svg",
      loader: OFFLINE,
      logger: quietLogger((error) => (this.#failure ??= error)),
    });
    try {
      view.tooltip((_handler, event, _item, value) => this.#tip.show(event, value));
      this.#width = pane.clientWidth;
      await view.initialize(pane).runAsync();
      if (this.#failure) throw this.#failure;
    } catch (error) {
      view.finalize();
      pane.remove();
      throw error;
    }
    if (this.#dead) {
      view.finalize();
      return;
    }
    this.#clear();
    pane.classList.remove("aitracker-pane-next");
    this.#pane = pane;
    this.#view = view;
    this.#drawn("embed");
  }

  async #update(want, changes, width) {
    const view = this.#view;
    this.#shown = want;
    const { vega } = await this.#runtime();
    for (const name of changes?.datasets ?? []) {
      const parse = this.#formats.get(name);
      const rows = copies(want.datasets[name].rows);
      view.data(name, parse ? vega.read(rows, { type: "json", parse }) : rows);
    }
    for (const name of changes?.params ?? []) view.signal(name, want.params[name]);
    if (changes?.description) view.description(want.description ?? "");
    if (width !== null) {
      this.#width = width;
      view.width(width);
    }
    // Without this a legend or an axis that was laid out for fewer rows is cut off.
    await view.resize().runAsync();
    if (this.#failure) throw this.#failure;
    if (!this.#dead) this.#drawn("patch");
  }

  async #empty(want) {
    this.#shown = want;
    this.#failure = null;
    this.#clear();
  }

  #drawn(kind) {
    // Vega calls every group of marks a symbol, also those it gives no name: to a screen reader, pictures without words.
    for (const group of this.#pane?.querySelectorAll("[role=graphics-symbol]:not([aria-label])") ?? []) {
      group.removeAttribute("role");
      group.removeAttribute("aria-roledescription");
    }
    const count = Number(this.#host.dataset.drawn) + 1;
    this.#host.dataset.drawn = String(count);
    this.#host.dispatchEvent(new CustomEvent(DRAWN, { bubbles: true, composed: true, detail: { count, kind } }));
  }

  #fail(error) {
    this.#clear();
    this.#failure = error ?? new Error("unknown error");
    const note = document.createElement("pre");
    note.className = "aitracker-error";
    note.setAttribute("role", "alert");
    note.textContent = `This chart could not be drawn. ${error?.message ?? error}`;
    this.#host.append(note);
    console.error("aitracker:", error);
  }

  #clear() {
    this.#tip.hide();
    this.#view?.finalize();
    this.#view = null;
    this.#pane?.remove();
    this.#pane = null;
    for (const note of this.#host.querySelectorAll(".aitracker-error")) note.remove();
  }
}

// What differs between two states of a chart.
function diff(have, want) {
  const names = Object.keys(want.datasets);
  return {
    template:
      want.spec !== have.spec ||
      want.config?.light !== have.config?.light ||
      want.config?.dark !== have.config?.dark ||
      Object.keys(have.datasets).length !== names.length ||
      names.some((name) => !(name in have.datasets)),
    datasets: names.filter((name) => !sameRows(have.datasets[name], want.datasets[name])),
    params: Object.keys(want.params).filter(
      (name) => JSON.stringify(have.params[name]) !== JSON.stringify(want.params[name]),
    ),
    description: have.description !== want.description,
  };
}

function sameRows(a, b) {
  if (a === b) return true;
  return a?.rev === undefined ? a?.rows === b?.rows : a.rev === b?.rev;
}

// The template with its rows, its parameters' values and its description put back in.
function filled({ spec, datasets, params, description }) {
  const full = { ...spec };
  if (description) full.description = description;
  full.datasets = Object.fromEntries(Object.entries(datasets).map(([name, { rows }]) => [name, copies(rows)]));
  if (spec.params) {
    full.params = spec.params.map((p) => (!p.select && p.name in params ? { ...p, value: params[p.name] } : p));
  }
  return full;
}

// Vega marks and parses the rows it is given in place: ours must stay as they are.
function copies(rows) {
  return rows.map((row) => ({ ...row }));
}

function quietLogger(onError) {
  const logger = {
    level: () => logger,
    error: (...parts) => {
      const [first] = parts;
      onError?.(first instanceof Error ? first : new Error(parts.join(" ")));
      return logger;
    },
    warn: (...parts) => {
      if (!page().quiet) console.debug("aitracker:", ...parts);
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

function addStyle() {
  if (document.getElementById(STYLE_ID)) return;
  const style = document.createElement("style");
  style.id = STYLE_ID;
  style.textContent = STYLE;
  document.head.append(style);
}

// ---------------------------------------------------------------- home one: a widget in JupyterLab

function labRuntime(model) {
  return loadRuntime(model.get("_runtime_key"), async () => {
    const reference = model.get("_runtime"); // "IPY_MODEL_<id>"
    const shared = await model.widget_manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
    return shared.get("bundle");
  });
}

function render({ model, el }) {
  const host = document.createElement("div");
  el.append(host);
  const frame = new Frame(host, () => labRuntime(model));
  const config = () => ({ light: model.get("config_light"), dark: model.get("config_dark") });
  const show = () =>
    frame.show({
      spec: model.get("_spec"),
      datasets: model.get("_datasets"),
      params: model.get("_params"),
      description: model.get("_description"),
      config: config(),
    });
  // One message from the kernel raises an event for each trait: look once, after the last.
  let due = false;
  const later = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      show();
    });
  };
  // A chart that is made anew for dark and light is made by the kernel, which must know the mode.
  const tellMode = () => {
    if (model.get("mode") === mode()) return;
    model.set("mode", mode());
    model.save_changes();
  };
  const unwatch = watchMode(tellMode);
  tellMode();
  const events = ["_spec", "_datasets", "_params", "_description", "config_light", "config_dark"];
  for (const name of events) model.on(`change:${name}`, later);
  show();
  return () => {
    for (const name of events) model.off(`change:${name}`, later);
    unwatch();
    frame.destroy();
  };
}

// ---------------------------------------------------------------- home two: a static page

// Draws the charts of a page and ties its HTML controls to them.
//
//   <div data-view="flows"></div>                                       where a chart is drawn
//   <select data-chart="flows" data-param="period"> ...                 sets a parameter
//   <select data-chart="flows" data-variant="by"> ...                   picks prepared rows
//   <button data-reset="flows">                                         back to the beginning
//   <output data-state="flows"></output>                                the state in words
//   <output for="id of a control"></output>                             that control's value
//
// payload: {charts: {id: chart}, config: {light, dark}, colours: {light: dark}}
// chart:   {spec, datasets, params, description, recolour?, dark?: {spec, datasets}, variant_keys?: [name, ...],
//           variants?: {"value|value": {spec?, datasets, params, description}}}
function boot(root, payload, { onState } = {}) {
  page().quiet = true; // what Vega warns of is for those who make charts
  const bundles = page().bundles;
  const runtime = () => {
    const [key] = Object.keys(bundles);
    if (!key) return Promise.reject(new Error("this page has no drawing library"));
    return loadRuntime(key, () => null);
  };
  const config = payload.config ?? {};
  const charts = new Map();
  for (const host of root.querySelectorAll("[data-view]")) {
    const chart = payload.charts[host.dataset.view];
    if (!chart) continue;
    const { spec, description, dark } = chart;
    const first = { spec, description, config, datasets: boxed(chart.datasets ?? {}), params: { ...chart.params } };
    if (chart.recolour) first.colours = payload.colours;
    if (dark) first.dark = { spec: dark.spec, datasets: { ...first.datasets, ...boxed(dark.datasets ?? {}) } };
    charts.set(host.dataset.view, { frame: new Frame(host, runtime), chart, first });
  }
  const controlsOf = (id) =>
    [...root.querySelectorAll("[data-chart]")].filter((c) => targets(c.dataset.chart, charts).includes(id));

  // The state that the controls of a chart ask for, or null where no prepared rows fit them.
  const apply = (id) => {
    const { frame, chart, first } = charts.get(id);
    const params = { ...(frame.state ?? first).params };
    const picked = {};
    for (const control of controlsOf(id)) {
      const value = read(control, first.params[control.dataset.param]);
      if (value === undefined) continue;
      if (control.dataset.param) params[control.dataset.param] = value;
      if (control.dataset.variant) picked[control.dataset.variant] = value;
    }
    let state = { ...(frame.state ?? first), params };
    if (chart.variants) {
      const key = chart.variant_keys.map((name) => String(picked[name])).join("|");
      const variant = chart.variants[key];
      if (!variant) console.error(`aitracker: chart ${id} has no variant ${key}`);
      else state = vary(state, frame.state?.variant === key ? null : key, variant, first);
    }
    frame.show(state);
    tell(id, { ...state.params, ...picked });
  };

  const tell = (id, state) => {
    const text = words(controlsOf(id));
    charts.get(id).frame.host.dataset.state = JSON.stringify(state);
    for (const place of root.querySelectorAll("[data-state]")) {
      if (place.dataset.state !== id || place.matches("[data-view]")) continue;
      if (!place.hasAttribute("aria-live")) place.setAttribute("aria-live", "polite");
      place.textContent = text;
    }
    for (const control of controlsOf(id)) {
      const echo = control.id && root.querySelector(`output[for~="${CSS.escape(control.id)}"]`);
      if (echo) echo.textContent = valueOf(control);
    }
    onState?.(id, state, text);
  };

  // Controls begin where the chart begins, whatever the browser remembered of an earlier visit.
  const reset = (id) => {
    const { frame, first } = charts.get(id);
    for (const control of controlsOf(id)) {
      const { param } = control.dataset;
      if (param && param in first.params) write(control, first.params[param]);
      else restore(control);
    }
    frame.show(first);
    apply(id);
  };

  const changed = (event) => {
    const control = event.target.closest?.("[data-chart]");
    if (control) for (const id of targets(control.dataset.chart, charts)) apply(id);
  };
  const clicked = (event) => {
    const button = event.target.closest?.("[data-reset]");
    if (button) for (const id of targets(button.dataset.reset || "*", charts)) reset(id);
  };
  root.addEventListener("input", changed);
  root.addEventListener("change", changed);
  root.addEventListener("click", clicked);
  for (const id of charts.keys()) reset(id);

  return {
    ids: [...charts.keys()],
    frame: (id) => charts.get(id)?.frame,
    state: (id) => charts.get(id)?.frame.state,
    words: (id) => words(controlsOf(id)),
    reset: (id = "*") => targets(id, charts).forEach(reset),
    // Moves the controls of that parameter too, so that page and chart never disagree.
    setSignal(name, value, id = "*") {
      for (const target of targets(id, charts)) {
        const { frame } = charts.get(target);
        if (!(name in frame.state.params)) continue;
        for (const control of controlsOf(target)) if (control.dataset.param === name) write(control, value);
        frame.patch({ params: { [name]: value } });
        apply(target);
      }
    },
    destroy() {
      root.removeEventListener("input", changed);
      root.removeEventListener("change", changed);
      root.removeEventListener("click", clicked);
      for (const { frame } of charts.values()) frame.destroy();
    },
  };
}

function boxed(datasets) {
  return Object.fromEntries(Object.entries(datasets).map(([name, rows]) => [name, { rows }]));
}

function targets(names, charts) {
  if (names === "*") return [...charts.keys()];
  return names.split(/\s+/).filter((name) => charts.has(name));
}

// A prepared variant brings rows, parameters and a description, and a template where it has one of its own; `key` is
// null where it is on screen already.
function vary(state, key, variant, first) {
  if (key === null) return state;
  return {
    ...state,
    variant: key,
    spec: variant.spec ?? first.spec,
    datasets: { ...state.datasets, ...boxed(variant.datasets ?? {}) },
    params: { ...state.params, ...variant.params },
    description: variant.description ?? state.description,
  };
}

// A control's value, in the type of the parameter that it drives; undefined for an unchecked radio.
function read(control, like) {
  if (control.type === "checkbox") return control.checked;
  if (control.type === "radio" && !control.checked) return undefined;
  if (control.multiple) return [...control.selectedOptions].map((option) => typed(option.value, like?.[0]));
  if (control.type === "range" || control.type === "number") return control.valueAsNumber;
  return typed(control.value, like);
}

function typed(text, like) {
  if (typeof like === "number") return Number(text);
  if (typeof like === "boolean") return text === "true";
  return like === null && text === "" ? null : text;
}

function write(control, value) {
  if (control.type === "checkbox") control.checked = Boolean(value);
  else if (control.type === "radio") control.checked = control.value === String(value);
  else if (control.multiple) for (const o of control.options) o.selected = value.map(String).includes(o.value);
  else control.value = value === null ? "" : String(value);
}

// Back to what the HTML says.
function restore(control) {
  if (control.options) {
    const marked = [...control.options].some((option) => option.defaultSelected);
    for (const [i, o] of [...control.options].entries()) o.selected = marked ? o.defaultSelected : i === 0;
  } else if (control.type === "checkbox" || control.type === "radio") control.checked = control.defaultChecked;
  else control.value = control.defaultValue;
}

// "Period: quarter · Since: 2021", from the labels that a reader sees.
function words(controls) {
  const parts = [];
  for (const control of controls) {
    if (control.type === "radio" && !control.checked) continue;
    parts.push(`${labelOf(control)}: ${valueOf(control)}`);
  }
  return parts.join(" · ");
}

function labelOf(control) {
  const group = control.type === "radio" ? control.closest("fieldset")?.querySelector("legend") : null;
  const label = group ?? control.labels?.[0];
  const own = control.dataset.label ?? control.getAttribute("aria-label");
  return (own ?? (label ? textOf(label) : null) ?? control.dataset.param ?? control.dataset.variant ?? "").trim();
}

function valueOf(control) {
  if (control.type === "checkbox") return control.checked ? control.dataset.on ?? "on" : control.dataset.off ?? "off";
  if (control.type === "radio") return control.labels?.[0] ? textOf(control.labels[0]) : control.value;
  if (control.options) return [...control.selectedOptions].map((option) => option.text).join(", ") || "none";
  // A slider over dates counts milliseconds at UTC; a reader wants the day.
  if (control.dataset.unit === "date") return dayWords(control.valueAsNumber);
  return `${control.value}${control.dataset.unit ?? ""}`;
}

function dayWords(ms) {
  return new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

// A label's own words, without those of a control or an output nested in it.
function textOf(label) {
  const copy = label.cloneNode(true);
  for (const nested of copy.querySelectorAll("select, input, output, button")) nested.remove();
  return copy.textContent.replace(/\s+/g, " ").replace(/\s*:\s*$/, "").trim();
}

// ---------------------------------------------------------------- exports
export { boot, Frame, loadRuntime };
export default { render };
