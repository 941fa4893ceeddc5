/**
 * Reads what `-progress` writes: blocks of `name=value` lines. `out_time_ms` are microseconds in every version of ffmpeg
 * (`out_time_us` is missing in old ones), of output made so far.
 * @param tell is called with seconds.
 */
export const readProgress = (tell: (seconds: number) => void): ((text: string) => void) => {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, microseconds] = /^out_time_ms=(\d+)\s*$/.exec(line) ?? [];
      if (microseconds !== undefined) tell(Number(microseconds) / 1e6);
    }
  };
};
