// The messages a page has, in order and each once. Numbers have no holes: a hole means "ask again from the last good one".

export class Log {
  last = 0;

  /** Takes messages in any order. Returns those to show now, and whether something before them is missing. */
  add(messages) {
    const fresh = [];
    for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
      if (message.seq <= this.last) continue;
      if (message.seq > this.last + 1) return { fresh, gap: true };
      this.last = message.seq;
      fresh.push(message);
    }
    return { fresh, gap: false };
  }
}
