// What is being drawn: the document as the reader sees it, the edits the server has not taken yet, undo and redo. The
// server's answers may come late, twice or not at all; nothing here is taken back by an older one. No screen.
import { apply, diff, inverse, onto, same } from "./document.mjs";

const NOTHING = { name: "edit", changes: [] };

function put(doc, edit) {
  try {
    return apply(doc, edit);
  } catch {
    return onto(doc, edit);
  }
}

export class Work {
  // `data`: what the server sent; `store`: get(), set(value) of what must survive a reload of the page.
  constructor(data, store) {
    Object.assign(this, { store, queue: [], done: [], undone: [], seq: 0, version: -1, restored: false });
    const kept = store.get();
    this.start(data, kept && kept.owner === data.owner ? kept : null);
  }

  // Stand on another desk: whatever `kept` had not saved goes on top of it.
  start(data, kept) {
    Object.assign(this, { desk: data.desk, owner: data.owner, version: data.version, unsaved: data.unsaved, doc: data.doc });
    this.seq = Math.max(this.seq, data.ack);
    this.queue = [];
    if (!kept) return;
    if (kept.desk === data.desk) {
      for (const entry of kept.queue) if (entry.seq > data.ack) this.again(entry);
      return;
    }
    let doc = data.doc;
    for (const edit of [kept.unsaved, ...kept.queue.map((entry) => entry.edit)]) {
      try {
        doc = put(doc, edit);
      } catch { /* What no longer fits at all is left out. */ }
    }
    const edit = diff(data.doc, doc, "restored");
    if (edit.changes.length) {
      this.do(edit);
      this.restored = true;
    }
  }

  again(entry) {
    try {
      this.doc = put(this.doc, entry.edit);
      this.queue.push(entry);
      this.seq = Math.max(this.seq, entry.seq);
    } catch {
      this.done = this.done.filter((one) => one.seq !== entry.seq);
    }
  }

  // Take what the server says. Returns whether the document on screen is another one now.
  adopt(data) {
    if (data.desk !== this.desk) {
      const kept = data.owner === this.owner ? { desk: this.desk, unsaved: this.unsaved, queue: this.queue } : null;
      const before = this.doc;
      this.start(data, kept);
      this.keep();
      return !same(before, this.doc);
    }
    if (data.version < this.version) return false;
    const before = this.doc;
    const waiting = this.queue.filter((entry) => entry.seq > data.ack);
    const refused = new Set(data.refused.map((one) => one.seq));
    Object.assign(this, { version: data.version, unsaved: data.unsaved, doc: data.doc, queue: [] });
    this.seq = Math.max(this.seq, data.ack);
    this.done = this.done.filter((one) => !refused.has(one.seq));
    for (const entry of waiting) this.again(entry);
    this.keep();
    if (same(before, this.doc)) return false;
    if (!refused.size) this.elsewhere(before);
    return true;
  }

  // Something else than this drawing changed the draft (the table, a button): that can be undone here too.
  elsewhere(before) {
    const last = this.done.at(-1);
    try {
      if (last && same(apply(before, inverse(last.edit)), this.doc)) {
        this.undone.push(this.done.pop());
        return;
      }
    } catch { /* The last edit is no longer there to be undone. */ }
    this.done.push({ edit: diff(before, this.doc, "elsewhere"), seq: 0 });
    this.undone = [];
  }

  do(edit, kind = "do") {
    if (!edit.changes.length) return false;
    this.doc = put(this.doc, edit);
    this.seq += 1;
    this.queue.push({ seq: this.seq, kind, edit });
    if (kind === "do") {
      this.done.push({ edit, seq: this.seq });
      this.undone = [];
    }
    this.keep();
    return true;
  }

  undo() {
    const one = this.done.pop();
    if (!one) return false;
    this.undone.push(one);
    return this.do(inverse(one.edit), "undo");
  }

  redo() {
    const one = this.undone.pop();
    if (!one) return false;
    this.done.push(one);
    return this.do(one.edit, "redo");
  }

  keep() {
    const { desk, owner, queue } = this;
    const unsaved = this.unsaved || NOTHING;
    this.store.set(queue.length || unsaved.changes.length ? { desk, owner, unsaved, queue } : null);
  }
}
