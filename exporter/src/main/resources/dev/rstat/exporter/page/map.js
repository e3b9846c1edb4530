// SPDX-License-Identifier: Apache-2.0
// The treemap: a box for each cgroup, in its parent's box, as large as its number. Boxes of less than a pixel are left out.

import { colour, themed, top } from "./colour.js";
import { addsUp, text } from "./unit.js";

/* global d3 */
const HEAD = 18;
const GAP = 2;

export class TreeMap {
  /**
   * @param {(cgroup: number) => void} onSelect
   * @param {(cgroup: number) => void} onZoom
   */
  constructor(onSelect, onZoom) {
    this.element = document.getElementById("map");
    this.canvas = document.getElementById("map-canvas");
    this.empty = document.getElementById("map-empty");
    this.onSelect = onSelect;
    this.onZoom = onZoom;
    this.boxes = [];
    this.canvas.addEventListener("click", (event) => this.pick(event, (box) => this.onSelect(box.cgroup)));
    this.canvas.addEventListener("dblclick", (event) => this.pick(event, (box) => this.goIn(box.cgroup)));
    this.canvas.addEventListener("mousemove", (event) => {
      const box = this.at(event);
      this.canvas.title = box ? `${this.tree.paths[box.cgroup]}\n${text(this.stat.unit, box.value)}` : "";
    });
    this.element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.tree && this.draw()).observe(this.element);
  }

  /**
   * @param {object} shown tree, stat, values, matches, zoom, selected
   */
  show(shown) {
    Object.assign(this, shown);
    this.draw();
  }

  draw() {
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    // A selection or a filter moves no box.
    const layout = [this.tree, this.values, this.stat.key, this.zoom, width, height];
    if (!this.layout || layout.some((each, i) => each !== this.layout[i])) this.lay(width, height);
    this.layout = layout;
    this.empty.hidden = this.boxes.length > 0;
    this.empty.textContent = `Nothing: ${this.stat.title} is 0 everywhere here.`;
    context.font = `12px ${themed("font")}`;
    context.textBaseline = "middle";
    const frame = themed("box-frame");
    const ink = themed("ink");
    for (const box of this.boxes) this.drawBox(context, box, frame, ink);
    for (const box of this.boxes) if (box.cgroup === this.selected && !box.own) this.drawSelection(context, box);
  }

  /** Sets this.boxes, parents before children. */
  lay(width, height) {
    this.boxes = [];
    this.largest = 0;
    this.outside = 0;
    this.sums = addsUp(this.stat);
    if (width >= 4 && height >= 4 && this.values[this.zoom] > 0) this.place(this.node(this.zoom), 0, 0, width, height);
    this.most = top(this.stat, this.largest);
  }

  /** A cgroup with those of its children that have something, the largest first; what they have inside is looked up when seen. */
  node(cgroup) {
    const { tree, values } = this;
    if (tree.children[cgroup].length === 0) return { cgroup, value: values[cgroup] };
    const children = [];
    let below = 0;
    for (const child of tree.children[cgroup]) {
      if (values[child] > 0) {
        children.push({ cgroup: child, value: values[child] });
        below += values[child];
      }
    }
    // What is a cgroup's own, beside what its children have, is a box among theirs. What runs in no cgroup but the root is nobody's
    // neighbour, kernel threads mostly: it is told below the map.
    const own = this.sums && children.length > 0 ? values[cgroup] - below : 0;
    if (cgroup === 0) this.outside = own;
    else if (own > 0.01 * values[cgroup]) children.push({ cgroup, own: true, value: own });
    children.sort((a, b) => b.value - a.value);
    const value = children.length > 0 ? children.reduce((sum, each) => sum + each.value, 0) : values[cgroup];
    return { cgroup, value, children };
  }

  place(node, x0, y0, x1, y1) {
    const leaf = !node.children || node.children.length === 0;
    const x = Math.round(x0);
    const y = Math.round(y0);
    const width = Math.round(x1) - x;
    const height = Math.round(y1) - y;
    const value = node.own ? node.value : this.values[node.cgroup];
    if (leaf) this.largest = Math.max(this.largest, value);
    if (width < 1 || height < 1) return;
    this.boxes.push({ cgroup: node.cgroup, own: node.own === true, leaf, value, x, y, width, height });
    // Where a name would be most of the box there is none.
    const head = height > 3 * HEAD && width > 3 * HEAD ? HEAD : GAP;
    if (leaf || width <= 2 * GAP || height <= head + GAP) return;
    d3.treemapSquarify(node, x + GAP, y + head, x + width - GAP + 1, y + height - GAP + 1);
    for (const child of node.children) {
      const inside = child.own ? child : this.node(child.cgroup);
      // One pixel of the parent is seen between brothers that are large enough.
      const gap = child.x1 - child.x0 > 3 && child.y1 - child.y0 > 3 ? 1 : 0;
      this.place(inside, child.x0, child.y0, child.x1 - gap, child.y1 - gap);
    }
  }

  drawBox(context, box, frame, ink) {
    const { x, y, width, height } = box;
    const shade = box.leaf ? colour(box.value / this.most) : { fill: frame, text: ink };
    box.fill = shade.fill;
    context.globalAlpha = box.leaf && !this.matches[box.cgroup] ? 0.15 : 1;
    context.fillStyle = shade.fill;
    context.fillRect(x, y, width, height);
    if (width > 36 && height > 14) {
      context.save();
      context.beginPath();
      context.rect(x + 2, y, width - 4, height);
      context.clip();
      context.fillStyle = shade.text;
      const name = box.cgroup === 0 ? "/" : this.tree.names[box.cgroup];
      const label = box.own ? `${name} itself` : name;
      const value = text(this.stat.unit, box.value);
      if (!box.leaf) {
        const room = height > 3 * HEAD && width > 3 * HEAD;
        if (room) context.fillText(`${printable(label)}  ${value}`, x + 5, y + HEAD / 2 + 1);
      } else {
        context.fillText(printable(label), x + 5, y + Math.min(11, height / 2));
        if (height > 32) context.fillText(value, x + 5, y + 26);
      }
      context.restore();
    }
    context.globalAlpha = 1;
  }

  drawSelection(context, box) {
    context.lineWidth = 2;
    context.strokeStyle = themed("ground");
    context.strokeRect(box.x + 3, box.y + 3, box.width - 6, box.height - 6);
    context.strokeStyle = themed("select");
    context.strokeRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  }

  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    const x = event.clientX - bounds.left;
    const y = event.clientY - bounds.top;
    // Children come after their parents.
    for (let i = this.boxes.length - 1; i >= 0; i--) {
      const box = this.boxes[i];
      if (x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height) return box;
    }
    return null;
  }

  pick(event, then) {
    const box = this.at(event);
    if (box) then(box);
  }

  goIn(cgroup) {
    if (this.tree.children[cgroup].length > 0) this.onZoom(cgroup);
  }

  /** Arrows in the hierarchy: up to the parent, down to its largest child, left and right among brothers by size. */
  key(event) {
    if (!this.tree || event.ctrlKey || event.altKey || event.metaKey) return;
    const { tree, values, selected } = this;
    const bySize = (cgroups) => [...cgroups].sort((a, b) => values[b] - values[a]);
    const parent = tree.parents[selected];
    let next = -1;
    switch (event.key) {
      case "ArrowUp":
        next = selected === this.zoom ? selected : parent;
        break;
      case "ArrowDown":
        next = bySize(tree.children[selected])[0] ?? selected;
        break;
      case "ArrowLeft":
      case "ArrowRight":
      case "Home":
      case "End": {
        if (selected === this.zoom || parent < 0) {
          next = selected;
          break;
        }
        const brothers = bySize(tree.children[parent]);
        const at = brothers.indexOf(selected);
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: brothers.length - 1 }[event.key];
        next = brothers[Math.min(brothers.length - 1, Math.max(0, to))];
        break;
      }
      case "Enter":
        event.preventDefault();
        this.goIn(selected);
        return;
      case "Escape":
      case "Backspace":
        event.preventDefault();
        if (tree.parents[this.zoom] >= 0) this.onZoom(tree.parents[this.zoom]);
        return;
      default:
        return;
    }
    event.preventDefault();
    if (next >= 0 && next !== selected) this.onSelect(next);
  }
}

/** Names may have any byte but a slash and 0: line ends and the like are shown, not obeyed. */
export function printable(name) {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "␣");
}
