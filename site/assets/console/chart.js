// A chart of days: what came in as bars above a line, and what went out below it.
import { html, svg } from "../vendor/lit-html.js";

const STEP = 20;
const BAR = 14;
const HEIGHT = 200;

/**
 * Draws the days in their order. The label says what the whole shows; somebody who points at a day reads its title.
 * @param {string} label
 * @param {{ title: string, came: number, went: number }[]} days
 */
export function chart(label, days) {
  const most = Math.max(...days.map(({ came }) => came));
  const least = Math.max(...days.map(({ went }) => went));
  const unit = HEIGHT / (most + least || 1);
  const line = most * unit;
  const bars = days.map(({ title, came, went }, day) => {
    const x = day * STEP + (STEP - BAR) / 2;
    return svg`<g>
      <title>${title}</title>
      <rect class="hit" x=${day * STEP} y="0" width=${STEP} height=${HEIGHT} />
      <rect class="came" x=${x} y=${line - came * unit} width=${BAR} height=${came * unit} />
      <rect class="went" x=${x} y=${line} width=${BAR} height=${went * unit} />
    </g>`;
  });
  const width = days.length * STEP;
  return html`<svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label=${label}>
    ${bars}
    <line x1="0" x2=${width} y1=${line} y2=${line} />
  </svg>`;
}
