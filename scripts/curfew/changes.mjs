// Changes of a document as a person reads them, like `diff` and `terraform plan` write them.

const SIGN = { created: '+', changed: '~', removed: '-' };

/** @param {{part: string, name: string, change: string, changes: {field: string, before: unknown, after: unknown}[]}[]} changes */
export function textOf(changes) {
  if (changes.length === 0) return 'Nothing differs.';
  return changes.map(partOf).join('\n');
}

const partOf = ({ part, name, change, changes }) =>
  [
    `${SIGN[change]} ${part}${part.endsWith(name) ? '' : ` (${name})`}`,
    ...(change === 'removed'
      ? []
      : changes.map(({ field, before, after }) => `    ${field}: ${between(before, after)}`)),
  ].join('\n');

const between = (before, after) =>
  before === null ? JSON.stringify(after) : `${JSON.stringify(before)} → ${JSON.stringify(after)}`;
