// SPDX-License-Identifier: Apache-2.0
// Who hurts whom: lists of bars, the worst first. Of the whole host, or of one cgroup: who hurts it, and whom it hurts.

import { printable } from "./map.js";
import { text } from "./unit.js";

const MOST = 8;
const REMOVED = -1;

export class Hurts {
  /** @param {(path: string) => void} onSelect */
  constructor(onSelect) {
    this.element = document.getElementById("hurts");
    this.onSelect = onSelect;
  }

  /** Of the whole host: pairs of [victim, aggressor, value], cgroups by number. */
  showAll(split, pairs, tree) {
    const name = (cgroup) => (cgroup >= 0 ? tree.paths[cgroup] : cgroup);
    this.render(split, [
      ["On the whole host", pairs.filter(([victim, by]) => by !== victim).map(([victim, by, value]) => [[name(by), name(victim)], value])],
    ]);
  }

  /** Of one cgroup: lists of [path, value]. */
  showOne(split, hurtBy, hurts) {
    const single = (pairs) => pairs.map(([other, value]) => [[other], value]);
    this.render(split, [
      ["Hurt by", single(hurtBy)],
      ["It hurts", single(hurts)],
    ]);
  }

  render(split, lists) {
    const focused = document.activeElement?.closest?.("#hurts button")?.dataset.path;
    const parts = [];
    for (const [title, pairs] of lists) {
      const head = document.createElement("h4");
      head.textContent = title;
      parts.push(head);
      if (pairs.length === 0) {
        const none = document.createElement("p");
        none.className = "note";
        none.textContent = "Nobody, just now.";
        parts.push(none);
        continue;
      }
      const list = document.createElement("ol");
      const most = pairs[0][1];
      for (const [names, value] of pairs.slice(0, MOST)) list.append(this.item(split, names, value, value / most));
      parts.push(list);
    }
    this.element.replaceChildren(...parts);
    if (focused) [...this.element.querySelectorAll("button")].find((button) => button.dataset.path === focused)?.focus();
  }

  item(split, names, value, share) {
    const item = document.createElement("li");
    const who = document.createElement("span");
    who.className = "who";
    names.forEach((name, i) => {
      if (i > 0) who.append(" → ");
      who.append(this.name(name));
    });
    const number = document.createElement("span");
    number.className = "number";
    number.textContent = text(split.unit, value);
    const bar = document.createElement("span");
    bar.className = "bar";
    bar.style.width = Math.max(1, 100 * share) + "%";
    item.append(who, number, bar);
    return item;
  }

  name(name) {
    if (typeof name === "number") return name === REMOVED ? "cgroups that are gone" : "others";
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.path = name;
    button.textContent = printable(name);
    button.addEventListener("click", () => this.onSelect(name));
    return button;
  }
}
