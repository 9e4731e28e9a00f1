// The messages a page has, in order and each once. Numbers have no holes: a hole means "ask again from the last good one".
// One message may still be written: it comes again, with more sentences, until it is finished.

export class Log {
  seen = 0;
  part = null; // the message that isn't finished

  /** The number up to which nothing is missing and nothing will change. */
  get last() {
    return this.part ? this.part.seq - 1 : this.seen;
  }

  /** Takes messages in any order. Returns those to show now, the one to show anew, and whether something is missing. */
  add(messages) {
    const fresh = [];
    let again = null;
    for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
      const more = message.seq === this.part?.seq;
      if (message.seq <= this.seen && !more) continue;
      if (more && message.extra?.unfinished && message.text === this.part.text) continue;
      if (message.seq > this.seen + 1) return { fresh, again, gap: true };
      if (more) again = message;
      else fresh.push(message);
      this.seen = Math.max(this.seen, message.seq);
      if (message.extra?.unfinished) this.part = message;
      else if (more) this.part = null;
    }
    return { fresh, again, gap: false };
  }
}
