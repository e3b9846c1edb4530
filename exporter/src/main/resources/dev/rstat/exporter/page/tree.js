// SPDX-License-Identifier: Apache-2.0
// The hierarchy as the service tells it: cgroups are numbers, the root is 0, parents come before children.

export class Tree {
  constructor(ids, parents, names) {
    this.ids = ids;
    this.parents = parents;
    this.names = names;
    this.size = ids.length;
    this.children = Array.from({ length: this.size }, () => []);
    this.paths = new Array(this.size);
    this.paths[0] = "/";
    for (let i = 1; i < this.size; i++) {
      this.children[parents[i]].push(i);
      this.paths[i] = (parents[i] === 0 ? "" : this.paths[parents[i]]) + "/" + names[i];
    }
    this.byId = new Map(ids.map((id, i) => [id, i]));
    this.byPath = new Map(this.paths.map((path, i) => [path, i]));
    this.lowered = this.paths.map((path) => path.toLowerCase());
  }

  /** From the root to a cgroup. */
  line(cgroup) {
    const line = [];
    for (let at = cgroup; at >= 0; at = this.parents[at]) line.unshift(at);
    return line;
  }

  isWithin(cgroup, ancestor) {
    for (let at = cgroup; at >= 0; at = this.parents[at]) if (at === ancestor) return true;
    return false;
  }

  /** Which cgroups have a text in their paths; all where it is empty. */
  matching(text) {
    const wanted = text.trim().toLowerCase();
    return this.lowered.map((path) => wanted === "" || path.includes(wanted));
  }
}

/** What is told of those only that have something, as an array over all. */
export function spread(values, size) {
  const all = new Float64Array(size);
  if (values) values.of.forEach((cgroup, i) => (all[cgroup] = values.are[i]));
  return all;
}
