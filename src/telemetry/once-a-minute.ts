const MINUTE_MS = 60_000;

/** `tell`, at most once a minute: what fails with every request would otherwise fill the log. */
export const onceAMinute = <A extends unknown[]>(tell: (...args: A) => void): ((...args: A) => void) => {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (...args) => {
    if (performance.now() - toldAt < MINUTE_MS) return;
    toldAt = performance.now();
    tell(...args);
  };
};
