// SPDX-License-Identifier: Apache-2.0
// Latency over time: a column for each step of the history, a row for each bucket, darker where more observations are. And the same in
// words and in a table.

import { colour, themed } from "./colour.js";
import { clock, seconds, text } from "./unit.js";

const LEFT = 52;
const BOTTOM = 18;
const TABLE_MILLIS = 60_000;

export class HeatMap {
  constructor() {
    this.canvas = document.getElementById("heat");
    this.words = document.getElementById("heat-text");
    this.rows = document.querySelector("#heat-table tbody");
    new ResizeObserver(() => this.histogram && this.draw()).observe(this.canvas);
  }

  /**
   * @param {object} histogram key, title, unit, buckets, first (bound)
   * @param {object} track times, seconds, observations
   * @param {number} length of the history, in seconds
   */
  show(histogram, track, length) {
    this.histogram = histogram;
    this.steps = track.times.map((end, i) => ({ end, seconds: track.seconds[i], buckets: unpack(track.observations[i]) }));
    this.length = length;
    this.draw();
    this.tell();
  }

  bound(bucket) {
    return this.histogram.first * 2 ** bucket;
  }

  label(bucket) {
    return this.histogram.unit === "SECONDS" ? seconds(this.bound(bucket)) : text(this.histogram.unit, this.bound(bucket));
  }

  draw() {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = `11px ${themed("font")}`;
    context.textBaseline = "middle";
    const used = this.steps.flatMap((step) => [...step.buckets.keys()]);
    this.cells = 0;
    if (used.length === 0) return;
    const lowest = Math.max(0, used.reduce((a, b) => Math.min(a, b)) - 1);
    const highest = Math.min(this.histogram.buckets - 1, used.reduce((a, b) => Math.max(a, b)) + 1);
    const rows = highest - lowest + 1;
    const end = this.steps[this.steps.length - 1].end;
    const first = this.steps[0];
    // From the beginning of what there is: a service that has just begun fills the width all the same, after half a minute.
    const span = Math.min(this.length * 1000, Math.max(30_000, end - first.end + first.seconds * 1000));
    const x = (time) => LEFT + ((time - (end - span)) / span) * (width - LEFT);
    const tall = (height - BOTTOM) / rows;
    // By how many per second, on a logarithmic scale: a single slow one among thousands is seen.
    let most = 0;
    for (const step of this.steps) for (const count of step.buckets.values()) most = Math.max(most, count / step.seconds);
    for (const step of this.steps) {
      const left = Math.max(LEFT, x(step.end - step.seconds * 1000));
      const wide = Math.max(1, x(step.end) - left);
      for (const [bucket, count] of step.buckets) {
        const share = Math.log1p((count / step.seconds) * 10) / Math.log1p(most * 10);
        context.fillStyle = colour(0.12 + 0.88 * share ** 1.5).fill;
        context.fillRect(left, (highest - bucket) * tall, wide + 0.3, tall - 0.5);
        this.cells++;
      }
    }
    context.fillStyle = themed("quiet");
    const every = Math.max(1, Math.ceil(14 / tall));
    for (let bucket = lowest; bucket <= highest; bucket++) {
      if ((bucket - lowest) % every === 0 && bucket < this.histogram.buckets - 1) {
        context.textAlign = "right";
        context.fillText(round(this.label(bucket)), LEFT - 5, Math.max(6, (highest - bucket) * tall));
      }
    }
    const marks = width < 320 ? [0.5] : [0.25, 0.5, 0.75];
    for (const at of marks) {
      context.textAlign = "center";
      context.fillText(clock(end - span * (1 - at)), LEFT + at * (width - LEFT), height - BOTTOM / 2);
    }
  }

  /** The same in words. */
  tell() {
    const all = total(this.steps);
    const count = sum(all);
    if (count === 0) {
      this.words.textContent = `No ${this.histogram.title} observed in the time remembered.`;
    } else {
      let worst = this.steps[0];
      for (const step of this.steps) if (highestOf(step.buckets) > highestOf(worst.buckets)) worst = step;
      const from = this.steps[0].end - this.steps[0].seconds * 1000;
      this.words.textContent =
        `Since ${clock(from)}: half of ${text("NUMBER", Math.round(count))} below ${this.quantile(all, 0.5)},` +
        ` 99 % below ${this.quantile(all, 0.99)}; the slowest, below ${this.label(highestOf(worst.buckets))}, at ${clock(worst.end)}.`;
    }
    const rows = [];
    for (let i = this.steps.length - 1; i >= 0; ) {
      const some = [];
      const end = this.steps[i].end;
      while (i >= 0 && this.steps[i].end > end - TABLE_MILLIS) some.push(this.steps[i--]);
      const buckets = total(some);
      const cells = [clock(end), text("NUMBER", Math.round(sum(buckets))), this.quantile(buckets, 0.5), this.quantile(buckets, 0.99)];
      const row = document.createElement("tr");
      for (const cell of cells) row.insertCell().textContent = cell;
      rows.push(row);
    }
    this.rows.replaceChildren(...rows);
  }

  /** The bound of the bucket that the quantile is in. */
  quantile(buckets, share) {
    const count = sum(buckets);
    let below = 0;
    for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
      below += buckets.get(bucket);
      if (below >= share * count) return bucket === this.histogram.buckets - 1 ? "∞" : this.label(bucket);
    }
    return "–";
  }
}

/** Bucket to count, of what is written one after the other. */
function unpack(observations) {
  const buckets = new Map();
  for (let i = 0; i < observations.length; i += 2) buckets.set(observations[i], observations[i + 1]);
  return buckets;
}

function total(steps) {
  const all = new Map();
  for (const step of steps) for (const [bucket, count] of step.buckets) all.set(bucket, (all.get(bucket) ?? 0) + count);
  return all;
}

function sum(buckets) {
  let count = 0;
  for (const each of buckets.values()) count += each;
  return count;
}

function highestOf(buckets) {
  let highest = -1;
  for (const bucket of buckets.keys()) highest = Math.max(highest, bucket);
  return highest;
}

function round(label) {
  return label.replace(/\.00 /, " ").replace(/(\.\d)\d /, "$1 ");
}
