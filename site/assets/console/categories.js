// The tree of categories, as forms offer it.
import { shop } from "../shop.js";

export async function tree() {
  return (await shop.call("GET /categories", { anonymous: true })).items;
}

/** Returns the categories in the order of the tree, each with its level and those beside it. */
export function flat(nodes, level = 0, parent = null) {
  return nodes.flatMap((node, index) => [{ ...node, level, parent, index, beside: nodes }, ...flat(node.children, level + 1, node.slug)]);
}

/** Returns them as options of a field. */
export function categoryOptions(nodes) {
  return flat(nodes).map(({ slug, title, level }) => [slug, `${"– ".repeat(level)}${title}`]);
}
