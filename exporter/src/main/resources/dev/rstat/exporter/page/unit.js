// SPDX-License-Identifier: Apache-2.0
// Values as people read them: three significant digits, in the multiple of the unit that suits.

const COUNTS = ["", "k", "M", "G", "T", "P"];
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function significant(value) {
  const size = Math.abs(value);
  return value.toFixed(size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

function multiple(value, base, names, space) {
  let power = 0;
  while (Math.abs(value) >= base - 0.5 && power < names.length - 1) {
    value /= base;
    power++;
  }
  const whole = power === 0 && Number.isInteger(value);
  return ((whole ? value.toFixed(0) : significant(value)) + space + names[power]).trimEnd();
}

export function seconds(value) {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size >= 1) return significant(value) + " s";
  if (size >= 1e-3) return significant(value * 1e3) + " ms";
  return size >= 1e-6 ? significant(value * 1e6) + " µs" : significant(value * 1e9) + " ns";
}

/** A value of a stat's unit; a dash for none. */
export function text(unit, value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  switch (unit) {
    case "CORES":
      return significant(value) + " CPUs";
    case "SECONDS_PER_SECOND":
      return seconds(value) + "/s";
    case "SECONDS":
      return seconds(value);
    case "BYTES":
      return multiple(value, 1024, BYTES, " ");
    case "BYTES_PER_SECOND":
      return multiple(value, 1024, BYTES, " ") + "/s";
    case "PER_SECOND":
      return multiple(value, 1000, COUNTS, "") + "/s";
    case "RATIO":
      return significant(100 * value) + " %";
    default:
      return multiple(value, 1000, COUNTS, "");
  }
}

/** Whether the values of a subtree are the sum of its parts'. */
export function addsUp(stat) {
  return stat.unit !== "RATIO" && stat.unit !== "SECONDS" && !/\.p\d+$/.test(stat.key);
}

export function clock(millis) {
  return new Date(millis).toLocaleTimeString(undefined, { hour12: false });
}
