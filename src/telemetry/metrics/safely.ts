/** Telemetry never breaks what it watches: an instrument that refuses a value loses that value and nothing more. */
export const safely = (record: () => void): void => {
  try {
    record();
  } catch {
    // A metric has no place to report to but itself.
  }
};
