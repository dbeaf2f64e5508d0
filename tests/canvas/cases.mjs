// Runs the shared cases against the canvas' own commands. Used by node and inside a browser; returns what went wrong.
export function run(all, commands) {
  const wrong = [];
  const refusal = (act) => {
    try {
      act();
      return "";
    } catch (error) {
      if (!(error instanceof commands.Refused)) throw error;
      return error.code;
    }
  };
  const check = (name, what, found, expected) => {
    if (!commands.same(found, expected)) wrong.push(`${name}: ${what} is ${JSON.stringify(found)}`);
  };
  for (const { name, document, command, args, edit, refused } of all.cases) {
    const doc = all.documents[document];
    const before = JSON.stringify(doc);
    if (refused) {
      check(name, "refusal", refusal(() => commands[command](doc, ...args)), refused);
    } else {
      const made = commands[command](doc, ...args);
      check(name, "edit", made, edit);
      const after = commands.apply(doc, made);
      check(name, "reverted", commands.revert(after, made), doc);
      check(name, "difference", commands.diff(doc, after, made.name).changes, made.changes);
    }
    check(name, "document given", JSON.stringify(doc), before);
  }
  for (const { name, document, edit, after, refused } of all.onto) {
    const doc = all.documents[document];
    if (refused) check(name, "refusal", refusal(() => commands.onto(doc, edit)), refused);
    else check(name, "document", commands.onto(doc, edit), after);
  }
  return wrong;
}
