// The rows of a sheet in blocks of 200, asked for when they are needed, a few of them kept.

import { get, show } from "./post.js";

const BLOCK = 200;
const BLOCKS_KEPT = 24;

export class Rows {
  /** How many rows there are under the filter. */
  total = 0;
  check = 0;
  /** The filter: the number of a reason, `any`, or nothing. */
  only = "";
  /** The block used last is the last. @type {Map<number, import("./shapes").Row[]>} */
  #blocks = new Map();
  /** Blocks that were asked for. @type {Map<number, Promise<void>>} */
  #asked = new Map();
  #changed;

  /** `changed` is called when rows have come. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Forgets all rows. */
  reset(check, only, total) {
    Object.assign(this, { check, only, total });
    this.#blocks = new Map();
    this.#asked = new Map();
  }

  /** The row at a position, if it is here. */
  at(at) {
    return this.#blocks.get(Math.floor(at / BLOCK))?.[at % BLOCK];
  }

  /** The row at a position, from the program if need be. */
  async load(at) {
    if (at >= 0 && at < Math.max(this.total, 1)) await this.#ask(Math.floor(at / BLOCK));
    return this.at(at);
  }

  /** The rows in view come first, then those they are scrolled towards. */
  want(first, last, down) {
    const [from, to] = [Math.floor(first / BLOCK), Math.floor(last / BLOCK)];
    for (let block = from; block <= to; block++) void this.#ask(block);
    const next = down ? to + 1 : from - 1;
    if (next >= 0 && next * BLOCK < this.total) void this.#ask(next);
  }

  async #ask(block) {
    const known = this.#blocks.get(block);
    if (known === undefined) {
      if (!this.#asked.has(block)) this.#asked.set(block, this.#fetch(block));
      return this.#asked.get(block);
    }
    this.#blocks.delete(block);
    this.#blocks.set(block, known);
  }

  async #fetch(block) {
    const [blocks, asked] = [this.#blocks, this.#asked];
    const { check, only } = this;
    try {
      const answer = await get(`rows?check=${check}&first=${block * BLOCK}&count=${BLOCK}&only=${only}`);
      // Asked for before a reset: it is about another check or another filter.
      if (this.#blocks !== blocks) return;
      blocks.set(block, answer.rows);
      this.total = answer.total;
      const oldest = blocks.keys().next().value;
      if (blocks.size > BLOCKS_KEPT && oldest !== undefined) blocks.delete(oldest);
      this.#changed();
    } catch (error) {
      if (this.#blocks === blocks) show(error);
    } finally {
      asked.delete(block);
    }
  }
}
