// SPDX-License-Identifier: Apache-2.0
// What the first things to look at are called, for somebody who knows none of it. All others have the titles and sentences of their
// collectors.

const WORDS = {
  runqueue_latency: [
    "waiting for a CPU",
    "Time that tasks were ready to run but had to wait for a CPU, in each second. More than 1 s/s: several waited at once.",
  ],
  "runqueue_latency.p99": ["slowest waits for a CPU", "99 of 100 waits for a CPU were shorter than this."],
  "runqueue_latency.p50": ["typical wait for a CPU", "Half of the waits for a CPU were shorter than this."],
  "runqueue_latency.count": ["waits for a CPU", "How often a task had to wait for a CPU, however shortly."],
  runqueue_throttled: ["held by a CPU limit", "Time that tasks were ready to run but held back, as their cgroup had used up its CPU limit."],
  delayed_by: ["delayed by others", "Time that tasks waited while another cgroup ran on their CPU, in each second."],
  preempted_by: ["pushed off a CPU", "How often a task was pushed off its CPU by one of another cgroup."],
  cpu: ["CPU used", "CPUs that were busy for it, on average."],
  memory: ["memory", "Memory that is charged to it now."],
  io_bytes: ["disk read and written", "Bytes read from devices and written to them."],
  "pressure.cpu": ["some waited for a CPU", "Share of the time in which at least one task waited for a CPU."],
  "pressure.memory": ["some waited for memory", "Share of the time in which at least one task waited for memory."],
  "pressure.io": ["some waited for a disk", "Share of the time in which at least one task waited for a device."],
  tasks: ["tasks", "Processes and threads in it now."],
};

/** The same stat, histogram or split in plainer words where there are some. */
export function plain(kind) {
  const words = WORDS[kind.key];
  return words ? { ...kind, title: words[0], help: words[1] } : kind;
}

/** What is shown of every cgroup, as far as it is collected. */
export const COLUMNS = ["runqueue_latency", "delayed_by", "runqueue_latency.p99", "cpu", "memory", "io_bytes"];
export const FACTS = [
  ...COLUMNS,
  "runqueue_throttled",
  "pressure.cpu",
  "pressure.memory",
  "pressure.io",
  "context_switches",
  "tasks",
];
export const HISTOGRAM = "runqueue_latency";
export const SPLIT = "delayed_by";
