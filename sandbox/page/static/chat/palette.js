/** What can be typed after “/”: every slash command and subcommand, each with its options. */
export function typedCommands(store) {
  return store.usable
    .filter((command) => (command.type ?? 1) === 1)
    .flatMap((command) => unfolded(command, `/${command.name}`));
}

function unfolded(thing, path) {
  const parts = (thing.options ?? []).filter((option) => option.type <= 2);
  if (parts.length) return parts.flatMap((part) => unfolded(part, `${path} ${part.name}`));
  return [{ path, description: thing.description, options: thing.options ?? [] }];
}

/** Those that fit what was typed, the ones that begin with it first. */
export function fitting(commands, typed) {
  const wanted = typed.toLowerCase().replace(/\s+/g, " ").trimEnd();
  const found = commands.filter(({ path }) => path.includes(wanted.slice(1)));
  return found.sort((one, other) => other.path.startsWith(wanted) - one.path.startsWith(wanted));
}
