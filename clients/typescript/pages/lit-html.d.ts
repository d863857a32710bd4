// What the pages use of site/assets/vendor/lit-html.js, which is minified.
export type Template = object;
export function html(strings: TemplateStringsArray, ...values: unknown[]): Template;
export function svg(strings: TemplateStringsArray, ...values: unknown[]): Template;
export function render(template: unknown, where: HTMLElement): void;
export const nothing: unique symbol;
