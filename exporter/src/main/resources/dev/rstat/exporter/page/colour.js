// SPDX-License-Identifier: Apache-2.0
// From nothing to the most: darker and redder on white, brighter and redder on black. The lightness goes one way all along, so the
// order is seen without seeing colours.

const LIGHT = [[243, 243, 240], [252, 226, 200], [250, 187, 145], [241, 134, 95], [219, 77, 59], [178, 24, 32]];
const DARK = [[40, 44, 52], [70, 48, 52], [112, 52, 54], [163, 58, 56], [217, 72, 63], [255, 112, 92]];
const STEPS = 64;

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function scale(stops) {
  const colours = [];
  for (let i = 0; i < STEPS; i++) {
    const at = (i / (STEPS - 1)) * (stops.length - 1);
    const from = stops[Math.floor(at)];
    const to = stops[Math.ceil(at)];
    const share = at - Math.floor(at);
    const rgb = from.map((each, k) => Math.round(each + (to[k] - each) * share));
    // Of sRGB as of WCAG: what text can be read on it.
    const linear = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    colours.push({ fill: `rgb(${rgb.join(",")})`, text: luminance > 0.179 ? "#111" : "#fff" });
  }
  return colours;
}

const scales = { light: scale(LIGHT), dark: scale(DARK) };

/** The colour of a share of the most, 0 to 1, and one for text on it. */
export function colour(share) {
  const at = Math.round(Math.min(1, Math.max(0, share || 0)) * (STEPS - 1));
  return (dark.matches ? scales.dark : scales.light)[at];
}

/** Asking for a style makes the browser lay out the page: once for each theme. */
const asked = new Map();
dark.addEventListener("change", () => asked.clear());

/** A colour or font of the style sheet. */
export function themed(name) {
  if (!asked.has(name)) asked.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return asked.get(name);
}

export function onThemeChange(then) {
  dark.addEventListener("change", then);
}

/** What counts as the most: the largest value, but a little waiting is no alarm. */
export function top(stat, largest) {
  const calm = { SECONDS_PER_SECOND: 0.1, CORES: 0.1, RATIO: 0.05 };
  return Math.max(largest, calm[stat.unit] || 0);
}
