// SPDX-License-Identifier: Apache-2.0
// Puts the parts of the page together: frames come in, choices of the reader come in, all parts are shown anew.

import { colour, onThemeChange, top } from "./colour.js";
import { Detail } from "./detail.js";
import { Feed } from "./feed.js";
import { printable, TreeMap } from "./map.js";
import { Table } from "./table.js";
import { spread, Tree } from "./tree.js";
import { clock, text } from "./unit.js";
import { View } from "./view.js";
import { COLUMNS, FACTS, HISTOGRAM, plain, SPLIT } from "./words.js";

const byId = (id) => document.getElementById(id);
const view = new View();
const map = new TreeMap(select, zoom);
const table = new Table(select, (sort) => view.set({ sort }));
const detail = new Detail((path) => view.set({ cgroup: path }));

let frame = null;
let tree = null;
let values = {};
let stats = new Map();
/** The selected cgroup as it was last: its path, its id, and the answer of api/cgroup. */
let selected = { path: "", id: "", answer: null };
let asking = null;
/** What was asked for last. */
let wanted = "";

function select(cgroup) {
  view.set({ cgroup: tree.paths[cgroup] });
  announce(cgroup);
}

function zoom(cgroup) {
  view.set({ zoom: tree.paths[cgroup], cgroup: tree.paths[cgroup] });
  announce(cgroup);
}

function announce(cgroup) {
  const stat = chosen();
  const brothers = tree.parents[cgroup] < 0 ? [] : tree.children[tree.parents[cgroup]];
  const place = brothers.length > 1 ? `, one of ${brothers.length}` : "";
  const below = tree.children[cgroup].length;
  byId("announce").textContent =
    `${printable(tree.paths[cgroup])}: ${text(stat.unit, values[stat.key]?.[cgroup] ?? 0)}${place}${below ? `, ${below} inside` : ""}`;
}

/** The chosen stat, or the first there is. */
function chosen() {
  return stats.get(view.stat) ?? stats.values().next().value;
}

function columns() {
  const keys = [...new Set([chosen().key, ...COLUMNS])].filter((key) => stats.has(key));
  return keys.slice(0, COLUMNS.length + 1).map((key) => stats.get(key));
}

function question() {
  const keys = new Set(COLUMNS);
  if (view.stat) keys.add(view.stat);
  const parameters = new URLSearchParams({ stats: [...keys].join(","), tree: frame ? frame.tree : -1 });
  return parameters.toString();
}

function onFrame(next) {
  if (frame && frame.version !== next.version) location.reload();
  if (next.ids) tree = new Tree(next.ids, next.parents, next.names);
  const first = !frame;
  frame = next;
  stats = new Map(frame.stats.map((stat) => [stat.key, plain(stat)]));
  values = {};
  for (const key of Object.keys(frame.values)) values[key] = spread(frame.values[key], tree.size);
  if (first || byId("stat").options.length !== stats.size) fillChoices();
  showAbout();
  show();
  askForSelected();
}

/** All that can be shown of what is here. */
function show() {
  if (!tree) return;
  const stat = chosen();
  document.body.dataset.stat = stat.key;
  byId("stat").value = stat.key;
  byId("help").textContent = stat.help;
  if (byId("filter").value !== view.filter) byId("filter").value = view.filter;
  showFinding();
  if (!values[stat.key]) return;
  const matches = tree.matching(view.filter);
  const at = existing(view.zoom);
  const cgroup = tree.byPath.get(view.cgroup) ?? -1;
  showCrumbs(at);
  map.show({ tree, stat, values: values[stat.key], matches, zoom: at, selected: cgroup < 0 ? at : cgroup });
  showLegend(stat);
  const shown = columns().filter((column) => values[column.key]);
  const largest = Object.fromEntries(shown.map((column) => [column.key, largestLeaf(values[column.key])]));
  table.show({ tree, stats: shown, values, largest, matches, sort: view.sort || stat.key, selected: cgroup });
}

function largestLeaf(all) {
  let largest = 0;
  for (let i = 0; i < tree.size; i++) if (tree.children[i].length === 0 && all[i] > largest) largest = all[i];
  return largest;
}

/** A cgroup by its path, or the nearest above it that is there. */
function existing(path) {
  for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf("/"))) if (tree.byPath.has(at)) return tree.byPath.get(at);
  return 0;
}

/** The one sentence that tells somebody in a hurry where to look. */
function showFinding() {
  const element = byId("finding");
  const stat = stats.get("runqueue_latency");
  const waits = values.runqueue_latency;
  if (!stat || !waits) {
    element.hidden = true;
    return;
  }
  let worst = 0;
  for (let i = 1; i < tree.size; i++) if (tree.children[i].length === 0 && (worst === 0 || waits[i] > waits[worst])) worst = i;
  const parts = [];
  if (worst === 0 || waits[worst] < 0.05) {
    parts.push("Calm: hardly anything waits for a CPU.");
  } else {
    parts.push(link(tree.paths[worst]), ` waits most for a CPU: ${text(stat.unit, waits[worst])}`);
    parts.push(`, ${Math.round((100 * waits[worst]) / waits[0])} % of all waiting.`);
    const pair = (frame.pairs.delayed_by ?? []).find(([victim, by]) => by >= 0 && by !== victim);
    if (pair && pair[2] >= 0.05) {
      parts.push(" Who hurts most: ", link(tree.paths[pair[1]]), " made ", link(tree.paths[pair[0]]), ` wait ${text("SECONDS_PER_SECOND", pair[2])}.`);
    }
  }
  const focused = document.activeElement?.closest?.("#finding button")?.textContent;
  element.replaceChildren(...parts);
  if (focused) [...element.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
  element.hidden = false;
}

function link(path) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = printable(path);
  button.addEventListener("click", () => view.set({ cgroup: path }));
  return button;
}

function showCrumbs(at) {
  const signature = tree.paths[at];
  if (byId("crumbs").dataset.path === signature) return;
  byId("crumbs").dataset.path = signature;
  const parts = tree.line(at).map((cgroup) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cgroup === 0 ? "whole host" : printable(tree.names[cgroup]);
    if (cgroup === at) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => zoom(tree.byPath.get(tree.paths[cgroup]) ?? 0));
    return button;
  });
  byId("crumbs").replaceChildren(...parts);
}

function showLegend(stat) {
  byId("outside").textContent = map.outside > 0 ? `${text(stat.unit, map.outside)} more in no cgroup but the root.` : "";
  const most = map.most || top(stat, 0);
  const legend = byId("legend");
  legend.setAttribute("aria-label", `Colours: from 0, the palest, to ${text(stat.unit, most)}, the reddest`);
  const bar = document.createElement("span");
  bar.className = "ramp";
  for (let i = 0; i < 24; i++) {
    const step = document.createElement("span");
    step.style.backgroundColor = colour(i / 23).fill;
    bar.append(step);
  }
  const ends = [0, most].map((value) => {
    const end = document.createElement("span");
    end.textContent = text(stat.unit, value);
    return end;
  });
  legend.replaceChildren(ends[0], bar, ends[1]);
}

function fillChoices() {
  fill(byId("stat"), [...stats.values()]);
  fill(byId("histogram"), frame.histograms.map(plain));
  fill(byId("split"), frame.splits.map(plain));
}

/** The well-known first, in plain words, then the others by their names. */
function fill(element, kinds) {
  element.replaceChildren(
    ...kinds.map((kind) => {
      const option = document.createElement("option");
      option.value = kind.key;
      option.textContent = kind.title;
      option.title = kind.help;
      return option;
    }),
  );
  element.closest("label").hidden = kinds.length === 0;
}

function showAbout() {
  document.title = `rstat ${frame.host}`;
  byId("host").textContent = frame.host;
  byId("version").textContent = frame.version;
  byId("metrics").setAttribute("href", frame.metrics.slice(1));
  byId("collectors").replaceChildren(
    ...frame.collectors.map((collector) => item(`${collector.name}: ${collector.description}; flush mode ${collector.mode}`)),
  );
  const { seconds, step, partial } = frame.history;
  byId("remembered").textContent =
    `What happened in the last ${Math.round(seconds / 60)} minutes is remembered, in steps of up to ${Math.round(step)} s.`;
  const failures = Object.entries(frame.failures).map(([name, reason]) => `${name} fails: ${reason}`);
  if (partial) failures.push("So many cgroups are busy that only the busiest have a history.");
  byId("failures").hidden = failures.length === 0;
  byId("failures").textContent = failures.join(" ");
}

function item(words) {
  const made = document.createElement("li");
  made.textContent = words;
  return made;
}

/** The selected cgroup's numbers and history; the newest selection wins. */
async function askForSelected() {
  if (!frame) return;
  const path = view.cgroup;
  wanted = whatIsWanted();
  if (selected.path !== path) selected = { path, id: "", answer: null };
  detail.expect(path);
  const cgroup = tree.byPath.get(path);
  if (cgroup === undefined) {
    if (selected.answer) selected.answer.gone = true;
    showDetail();
    return;
  }
  selected.id = tree.ids[cgroup];
  if (asking) {
    asking = "again";
    return;
  }
  asking = "once";
  try {
    const parameters = new URLSearchParams({ id: selected.id, stats: chosen().key, histogram: histogram()?.key ?? "" });
    const asked = selected;
    const answer = await fetch("api/cgroup?" + parameters);
    if (answer.ok && asked === selected) {
      const next = await answer.json();
      // Gone between the frame and the question: what was there last stays.
      if (!next.gone || !selected.answer) selected.answer = next;
      else selected.answer.gone = true;
      showDetail();
    }
  } catch (error) {
    // The feed says that the service is away; what is shown stays.
    if (!(error instanceof TypeError)) console.error(error);
  } finally {
    const again = asking === "again";
    asking = null;
    if (again) askForSelected();
  }
}

function whatIsWanted() {
  return [view.cgroup, chosen()?.key, view.histogram].join("\n");
}

function histogram() {
  const kinds = frame.histograms;
  return kinds.find((kind) => kind.key === view.histogram) ?? kinds.find((kind) => kind.key === HISTOGRAM) ?? kinds[0];
}

function split() {
  const kinds = frame.splits;
  return kinds.find((kind) => kind.key === view.split) ?? kinds.find((kind) => kind.key === SPLIT) ?? kinds[0];
}

function showDetail() {
  const kind = histogram();
  if (kind) byId("histogram").value = kind.key;
  if (split()) byId("split").value = split().key;
  const keys = [...new Set([chosen().key, ...FACTS])];
  detail.show(selected.path, selected.answer, {
    frame,
    tree,
    stat: chosen(),
    facts: keys.filter((key) => stats.has(key)).map((key) => stats.get(key)),
    histogram: kind && plain(kind),
    split: split(),
  });
}

function onState(state, since, reason) {
  const element = byId("status");
  const words = {
    live: frame && `live, every ${Math.max(1, Math.round(frame.seconds))} s`,
    polling: "too many pages are open at this service: this one looks every 10 s",
    waiting: `no numbers yet: ${reason}`,
    disconnected: `disconnected since ${clock(since)}; trying again`,
  }[state];
  element.dataset.state = state;
  if (element.textContent !== words) element.textContent = words;
}

view.onChange(() => {
  show();
  if (frame && !values[chosen().key]) feed.ask();
  if (frame && wanted !== whatIsWanted()) askForSelected();
});
onThemeChange(() => {
  detail.redraw();
  show();
  if (frame) showDetail();
});
byId("stat").addEventListener("change", (event) => view.set({ stat: event.target.value, sort: "" }));
byId("histogram").addEventListener("change", (event) => view.set({ histogram: event.target.value }));
byId("split").addEventListener("change", (event) => {
  view.set({ split: event.target.value });
  showDetail();
});
byId("filter").addEventListener("input", (event) => view.set({ filter: event.target.value }));
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    byId("filter").focus();
  } else if (event.key === "Escape" && event.target === byId("filter")) {
    view.set({ filter: "" });
    byId("map").focus();
  }
});
const feed = new Feed(question, onFrame, onState);

// To look at from a console.
window.rstat = { view, map, table, detail, feed, frame: () => frame, tree: () => tree, selected: () => selected };
