import { createHash } from 'node:crypto';

const names = new Map<string, string>();
/** Prepared once a connection: parsing and planning cost more than most of these statements. */
export const statementName = (text: string): string => {
  let name = names.get(text);
  if (!name) names.set(text, (name = createHash('sha1').update(text).digest('base64url')));
  return name;
};
