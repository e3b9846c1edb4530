// SPDX-License-Identifier: Apache-2.0
// The selected cgroup: its numbers, its latency, one stat over time, and who hurts it. When it is gone, what was there last stays.

import uPlot from "./lib/uplot/uPlot.esm.js";
import { themed } from "./colour.js";
import { HeatMap } from "./heatmap.js";
import { Hurts } from "./hurts.js";
import { printable } from "./map.js";
import { clock, text } from "./unit.js";

export class Detail {
  /** @param {(path: string) => void} onSelect */
  constructor(onSelect) {
    this.element = document.getElementById("detail");
    this.title = document.getElementById("detail-title");
    this.gone = document.getElementById("gone");
    this.facts = document.getElementById("facts");
    this.chartElement = document.getElementById("chart");
    this.chartTitle = document.getElementById("chart-title");
    this.chartText = document.getElementById("chart-text");
    this.heatMap = new HeatMap();
    this.hurts = new Hurts(onSelect);
    new ResizeObserver(() => this.resize()).observe(this.chartElement);
  }

  /** What is selected, whose numbers are on their way. */
  expect(path) {
    if (path === this.path) return;
    this.path = path;
    this.goneSince = 0;
    this.gone.hidden = true;
    this.title.textContent = path === "/" ? "The whole host" : printable(path);
    this.element.setAttribute("aria-busy", "true");
  }

  /**
   * @param {string} path
   * @param {object} cgroup the answer of api/cgroup; null if there is none
   * @param {object} shown frame, tree, stat, facts (stats to show), histogram, split
   */
  show(path, cgroup, shown) {
    this.expect(path);
    this.element.removeAttribute("aria-busy");
    const isGone = !cgroup || cgroup.gone;
    if (isGone) this.goneSince ||= Date.now();
    else this.goneSince = 0;
    const words = !isGone
      ? ""
      : cgroup?.history
        ? `This cgroup is gone, since ${clock(this.goneSince)}. Below is what was there last.`
        : "There is no such cgroup.";
    if (this.gone.textContent !== words) this.gone.textContent = words;
    this.gone.hidden = !isGone;
    if (!isGone) {
      this.showFacts(shown.facts, cgroup.values);
      this.showHurts(cgroup, shown);
    } else if (!cgroup) {
      this.showFacts([], {});
    }
    if (cgroup?.history) {
      if (shown.histogram) this.heatMap.show(shown.histogram, cgroup.history, shown.frame.history.seconds);
      this.showChart(shown.stat, cgroup.history);
    }
  }

  showFacts(stats, values) {
    this.facts.replaceChildren(
      ...stats
        .filter((stat) => values[stat.key] !== undefined)
        .map((stat) => {
          const fact = document.createElement("div");
          const term = document.createElement("dt");
          const value = document.createElement("dd");
          term.textContent = stat.title;
          term.title = stat.help;
          value.textContent = text(stat.unit, values[stat.key]);
          fact.append(term, value);
          return fact;
        }),
    );
  }

  showHurts(cgroup, shown) {
    if (!shown.split) return;
    if (this.path === "/") this.hurts.showAll(shown.split, shown.frame.pairs[shown.split.key], shown.tree);
    else this.hurts.showOne(shown.split, cgroup.hurtBy[shown.split.key], cgroup.hurts[shown.split.key]);
  }

  showChart(stat, track) {
    const values = track.values[stat.key] ?? [];
    const data = [track.times.map((time) => time / 1000), values];
    this.chartTitle.textContent = `${stat.title} over time`;
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    this.chartText.textContent =
      values.length === 0 ? "Nothing is remembered yet." : `Now ${text(stat.unit, values[values.length - 1])}, at most ${text(stat.unit, most)}.`;
    const look = stat.key + themed("ink");
    if (this.chart && this.look === look) {
      this.chart.setData(data);
      return;
    }
    this.look = look;
    this.chart?.destroy();
    const axis = { stroke: themed("quiet"), grid: { stroke: themed("line"), width: 1 }, ticks: { show: false }, font: `11px ${themed("font")}` };
    this.chart = new uPlot(
      {
        ...this.room(),
        cursor: { show: false },
        legend: { show: false },
        scales: { y: { range: (_, least, largest) => [0, largest > 0 ? largest * 1.05 : 1] } },
        axes: [
          { ...axis, size: 26, values: (_, ticks) => this.times(ticks), space: 70 },
          { ...axis, size: 72, values: (_, ticks) => ticks.map((tick) => text(stat.unit, tick)) },
        ],
        series: [{}, { stroke: themed("accent"), fill: themed("accent-faint"), width: 1.5, points: { show: values.length < 3 } }],
      },
      data,
      this.chartElement,
    );
  }

  /** With seconds where there is not much more than a minute. */
  times(ticks) {
    const short = ticks.length > 1 && ticks[1] - ticks[0] < 60;
    return ticks.map((tick) => clock(tick * 1000).slice(0, short ? 8 : 5));
  }

  room() {
    return { width: Math.max(120, this.chartElement.clientWidth), height: 130 };
  }

  resize() {
    const room = this.room();
    if (this.chart && this.chart.width !== room.width) this.chart.setSize(room);
  }

  /** After a change of the theme: what is drawn is drawn again. */
  redraw() {
    this.look = "";
    this.heatMap.histogram && this.heatMap.draw();
  }
}
