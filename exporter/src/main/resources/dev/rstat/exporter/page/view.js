// SPDX-License-Identifier: Apache-2.0
// What the reader has chosen. It is in the address, so that a view can be sent to somebody else.

const DEFAULTS = { stat: "", cgroup: "/", zoom: "/", filter: "", sort: "", histogram: "", split: "" };

export class View {
  constructor() {
    this.listeners = [];
    this.read();
    window.addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.written) {
        this.read();
        this.tell();
      }
    });
  }

  read() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    for (const [key, value] of Object.entries(DEFAULTS)) this[key] = parameters.get(key) ?? value;
  }

  /** @param {object} changes of the choices above */
  set(changes) {
    Object.assign(this, changes);
    const parameters = new URLSearchParams();
    for (const [key, value] of Object.entries(DEFAULTS)) if (this[key] !== value) parameters.set(key, this[key]);
    this.written = parameters.toString();
    history.replaceState(null, "", this.written ? "#" + this.written : location.pathname);
    this.tell();
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  tell() {
    for (const listener of this.listeners) listener(this);
  }
}
