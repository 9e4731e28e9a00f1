// What survives a reload, per customer: token, conversation, draft and words not yet acknowledged.
// A browser that keeps nothing (private window, blocked storage) still has a working chat until the page closes.

export class Memory {
  #scope;
  #spare = new Map();

  constructor(scope) {
    this.#scope = `handrail:${scope}:`;
  }

  get(key, otherwise = null) {
    try {
      const kept = localStorage.getItem(this.#scope + key);
      return kept === null ? otherwise : JSON.parse(kept);
    } catch {
      return this.#spare.get(key) ?? otherwise;
    }
  }

  set(key, value) {
    this.#spare.set(key, value);
    try {
      if (value === null) localStorage.removeItem(this.#scope + key);
      else localStorage.setItem(this.#scope + key, JSON.stringify(value));
    } catch {
      // full or forbidden: the spare has it
    }
  }
}
