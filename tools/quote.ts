// Owns text of files in messages: cut to a readable length.

/** Characters of a name or value that a message quotes. */
const maxQuoted = 120;

/** The beginning of `text`, with a mark where it was cut. */
export function quote(text: string, most = maxQuoted): string {
  if (text.length <= most) return text;
  // Half of a pair of surrogates is no character.
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The first entries of a list, and how many more there are. */
export function quoteList(entries: readonly unknown[], most = 16, length = maxQuoted): string {
  const shown = entries.slice(0, most).map((entry) => quote(String(entry), length));
  return entries.length > most ? `${shown.join(', ')}, and ${entries.length - most} more` : shown.join(', ');
}
