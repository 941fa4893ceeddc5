import type { TraceAnalysis } from '../analysis.ts';

/** CSS pixels; less than a span cannot be seen. */
const THINNEST = 1;
const SHORTEST = 1;
const THICKEST = 4;

/** A canvas knows no custom properties: the colour that an element with this value would have. */
const resolved = (canvas: HTMLCanvasElement, colour: string): string => {
  canvas.style.color = colour;
  return getComputedStyle(canvas).color;
};

/**
 * Paints every span as a line at its time, from the top in the order of the tree; failed ones last, over the others.
 * @param colours CSS values by the name of the service
 * @param total milliseconds that the whole width stands for
 */
export const paintMinimap = (
  canvas: HTMLCanvasElement,
  analysis: TraceAnalysis,
  colours: ReadonlyMap<string, string>,
  total: number = analysis.total,
): void => {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  context.scale(scale, scale);

  const paints = new Map([...colours].map(([service, colour]) => [service, resolved(canvas, colour)]));
  const failedPaint = resolved(canvas, 'var(--error)');
  const rowHeight = Math.min(height / analysis.nodes.size, THICKEST + 1);
  const thickness = Math.max(THINNEST, Math.min(THICKEST, rowHeight - 0.5));
  const failed: [number, number, number][] = [];
  let row = 0;
  for (const { span } of analysis.nodes.values()) {
    const x = ((span.start - analysis.start) / total) * width;
    const length = Math.max(SHORTEST, (span.duration / total) * width);
    const y = row * rowHeight;
    row += 1;
    if (span.status === 'error') failed.push([x, y, length]);
    else {
      context.fillStyle = paints.get(span.service) ?? failedPaint;
      context.fillRect(x, y, length, thickness);
    }
  }
  context.fillStyle = failedPaint;
  for (const [x, y, length] of failed) context.fillRect(x, y, Math.max(length, 2), Math.max(thickness, 2));
};
