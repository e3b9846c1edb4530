// SPDX-License-Identifier: Apache-2.0
// The table: only rows that are seen are in the document, so ten thousand cost no more than thirty.

import { colour, top } from "./colour.js";
import { printable } from "./map.js";
import { text } from "./unit.js";

const ROW = 28;
const SPARE = 6;

export class Table {
  /**
   * @param {(cgroup: number) => void} onSelect
   * @param {(key: string) => void} onSort
   */
  constructor(onSelect, onSort) {
    this.grid = document.getElementById("grid");
    this.count = document.getElementById("count");
    this.onSelect = onSelect;
    this.onSort = onSort;
    this.order = [];
    this.focused = 0;
    this.head = element("div", "head", { role: "rowgroup" });
    this.body = element("div", "body", { role: "rowgroup" });
    this.grid.append(this.head, this.body);
    this.grid.addEventListener("scroll", () => this.drawRows(), { passive: true });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.choose(Number(row.dataset.row));
    });
    new ResizeObserver(() => this.tree && this.drawRows()).observe(this.grid);
  }

  /**
   * @param {object} shown tree, stats (the columns), values by key, matches, sort (a key, "path", with - before it for the other way),
   *   selected
   */
  show(shown) {
    const selectedBefore = this.selected;
    Object.assign(this, shown);
    this.sortRows();
    this.drawHead();
    if (this.selected !== selectedBefore) {
      const row = this.order.indexOf(this.selected);
      if (row >= 0) {
        this.focused = row;
        this.reveal(row);
      }
    }
    this.focused = Math.max(0, Math.min(this.focused, this.order.length - 1));
    this.drawRows();
  }

  sortRows() {
    const { tree, matches } = this;
    const reversed = this.sort.startsWith("-");
    const key = reversed ? this.sort.slice(1) : this.sort;
    const values = this.values[key];
    const basis = [tree, values, this.sort];
    if (!this.basis || basis.some((each, i) => each !== this.basis[i])) this.sorted = this.sortAll(tree, values, key, reversed);
    this.basis = basis;
    this.order = this.sorted.filter((cgroup) => matches[cgroup]);
    const { length } = this.order;
    this.count.textContent = length === tree.size ? `${length} cgroups` : `${length} of ${tree.size} cgroups match the filter`;
  }

  sortAll(tree, values, key, reversed) {
    const order = Array.from({ length: tree.size }, (_, cgroup) => cgroup);
    const compare =
      key === "path" || !values
        ? (a, b) => a - b
        : (a, b) => values[b] - values[a] || a - b;
    return order.sort(reversed ? (a, b) => compare(b, a) : compare);
  }

  drawHead() {
    const columns = [{ key: "path", title: "cgroup" }, ...this.stats];
    this.grid.style.setProperty("--columns", this.stats.length);
    this.grid.setAttribute("aria-rowcount", this.order.length + 1);
    this.grid.setAttribute("aria-colcount", columns.length);
    const signature = columns.map((column) => column.key).join() + this.sort;
    if (signature === this.signature) return;
    const focused = document.activeElement?.closest?.(".head button")?.dataset.key;
    this.signature = signature;
    const row = element("div", "row", { role: "row", "aria-rowindex": 1 });
    for (const column of columns) {
      const sorted = this.sort === column.key ? true : this.sort === "-" + column.key ? false : null;
      const first = column.key === "path" ? "ascending" : "descending";
      const second = column.key === "path" ? "descending" : "ascending";
      const cell = element("div", "cell", {
        role: "columnheader",
        "aria-sort": sorted === null ? "none" : sorted ? first : second,
      });
      const button = element("button", "", { type: "button", title: column.help ?? "By path" });
      button.dataset.key = column.key;
      button.textContent = column.title + (sorted === null ? "" : sorted === (column.key !== "path") ? " ▼" : " ▲");
      button.addEventListener("click", () => this.onSort(sorted === true ? "-" + column.key : column.key));
      cell.append(button);
      row.append(cell);
    }
    this.head.replaceChildren(row);
    if (focused) this.head.querySelector(`button[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  drawRows() {
    const { tree, stats, order } = this;
    this.body.style.height = order.length * ROW + "px";
    const first = Math.max(0, Math.floor(this.grid.scrollTop / ROW) - SPARE);
    const last = Math.min(order.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / ROW) + SPARE);
    const hadFocus = this.body.contains(document.activeElement);
    const largest = stats.map((stat) => top(stat, this.largest[stat.key]));
    while (this.body.childElementCount > last - first) this.body.lastElementChild.remove();
    while (this.body.childElementCount < last - first) this.body.append(this.newRow());
    for (let at = first; at < last; at++) {
      const row = this.body.children[at - first];
      const cgroup = order[at];
      while (row.childElementCount > stats.length + 1) row.lastElementChild.remove();
      while (row.childElementCount < stats.length + 1) row.append(element("div", "cell number", { role: "gridcell" }));
      row.style.transform = `translateY(${at * ROW}px)`;
      row.dataset.row = at;
      row.setAttribute("aria-rowindex", at + 2);
      row.setAttribute("aria-selected", cgroup === this.selected);
      row.tabIndex = at === this.focused ? 0 : -1;
      const path = printable(tree.paths[cgroup]);
      const [name] = row.children;
      if (name.textContent !== path) {
        name.textContent = path;
        name.title = path;
      }
      stats.forEach((stat, i) => {
        const value = this.values[stat.key][cgroup];
        const cell = row.children[i + 1];
        cell.textContent = value === 0 ? "·" : text(stat.unit, value);
        const shade = value > 0 && i === 0 ? colour(value / largest[i]) : null;
        cell.style.backgroundColor = shade ? shade.fill : "";
        cell.style.color = shade ? shade.text : "";
      });
    }
    if (hadFocus && !this.body.contains(document.activeElement)) this.focusRow();
  }

  newRow() {
    const row = element("div", "row", { role: "row" });
    row.append(element("div", "cell path", { role: "rowheader" }));
    return row;
  }

  choose(row) {
    this.focused = row;
    this.onSelect(this.order[row]);
    this.focusRow();
  }

  focusRow() {
    this.body.querySelector(`[data-row="${this.focused}"]`)?.focus({ preventScroll: true });
  }

  reveal(row) {
    const view = this.grid.clientHeight - ROW;
    if (row * ROW < this.grid.scrollTop) this.grid.scrollTop = row * ROW;
    else if ((row + 1) * ROW > this.grid.scrollTop + view) this.grid.scrollTop = (row + 1) * ROW - view;
  }

  key(event) {
    if (!event.target.closest(".body") || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW) - 2);
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(this.focused);
    } else if (step) {
      event.preventDefault();
      this.focused = Math.max(0, Math.min(this.order.length - 1, this.focused + step));
      this.reveal(this.focused);
      this.drawRows();
      this.focusRow();
    }
  }
}

function element(name, className, attributes) {
  const made = document.createElement(name);
  made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
