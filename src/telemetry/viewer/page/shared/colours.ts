/** As many as tokens.css has. */
const COLOURS = 8;

/**
 * @param services names in the order of their appearance, repeated or not
 * @returns colour of each as a CSS value; from the ninth on they come again
 */
export const serviceColours = (services: Iterable<string>): ReadonlyMap<string, string> => {
  const colours = new Map<string, string>();
  for (const service of services) {
    if (!colours.has(service)) colours.set(service, `var(--service-${colours.size % COLOURS})`);
  }
  return colours;
};
