// SPDX-License-Identifier: Apache-2.0
// Is told by events that there is a new frame, and then asks for what the page shows. One question is under way at a time, so a slow
// line gets fewer frames, not older ones.

const RETRY = 3000;
const POLL = 10000;

export class Feed {
  /**
   * @param {() => string} question the query of the next frame
   * @param {(frame: object) => void} onFrame
   * @param {(state: string, since: number, reason: string) => void} onState live, polling, waiting or disconnected
   */
  constructor(question, onFrame, onState) {
    this.question = question;
    this.onFrame = onFrame;
    this.onState = onState;
    this.state = "waiting";
    document.addEventListener("visibilitychange", () => this.ask());
    this.connect();
  }

  connect() {
    this.source = new EventSource("api/events");
    this.source.addEventListener("frame", () => this.ask());
    this.source.addEventListener("error", () => {
      // A browser tries again by itself unless it was refused.
      if (this.source.readyState === EventSource.CLOSED) {
        setTimeout(() => this.connect(), POLL);
        this.polls = true;
        this.ask();
      } else {
        this.disconnected("");
      }
    });
    this.source.addEventListener("open", () => {
      this.polls = false;
      this.ask();
    });
  }

  to(state, reason) {
    if (state !== this.state) {
      this.state = state;
      this.since = Date.now();
    }
    this.onState(state, this.since, reason);
  }

  disconnected(reason) {
    this.to("disconnected", reason);
    clearTimeout(this.again);
    this.again = setTimeout(() => this.ask(), RETRY);
  }

  /** Now, or once the question under way is answered. */
  async ask() {
    if (document.hidden) return;
    if (this.asking) {
      this.wanted = true;
      return;
    }
    this.asking = true;
    this.wanted = false;
    try {
      const answer = await fetch("api/frame?" + this.question());
      if (answer.ok) {
        this.onFrame(await answer.json());
        this.to(this.polls ? "polling" : "live", "");
      } else {
        this.to("waiting", (await answer.text()).trim());
        clearTimeout(this.again);
        this.again = setTimeout(() => this.ask(), RETRY);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) console.error(error);
      this.disconnected("");
    } finally {
      this.asking = false;
      if (this.wanted) this.ask();
    }
  }
}
