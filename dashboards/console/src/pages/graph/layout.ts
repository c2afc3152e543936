// Where does each enterprise stand? A tree to both sides of the centre: the same input gives the same picture, and no label lies on another.
import type { Schemas } from '~/api/client';
import { groupOf, type Group } from './words';

type Node = Schemas['Node'];
type Relation = Schemas['Relation'];

export const NODE = { width: 204, height: 36 };
const ROW = 46;
const COLUMN = 312;
const GAP = 18;
/** Leaves of one parent stand in columns of at most so many: the number that fills a screen best is taken. */
const LEAVES = [5, 6, 8, 10, 12, 14, 17, 20, 25];
const SCREEN = { width: 860, height: 700 };

/** All relations between two enterprises, drawn as one line. */
export interface Tie {
  id: string;
  from: string;
  to: string;
  relations: Relation[];
  groups: Group[];
  /** Whether one of the two was reached by it. */
  tree?: boolean;
}

/** Relations by the two ends, strongest first. */
export function ties(edges: Relation[]): Tie[] {
  const found = new Map<string, Tie>();
  for (const edge of edges) {
    const [a, b] = edge.from < edge.to ? [edge.from, edge.to] : [edge.to, edge.from];
    const key = `${a}|${b}`;
    const tie = found.get(key);
    if (tie) tie.relations.push(edge);
    else found.set(key, { id: key, from: edge.from, to: edge.to, relations: [edge], groups: [] });
  }
  for (const tie of found.values()) tie.groups = [...new Set(tie.relations.map((edge) => groupOf(edge.kind)))];
  return [...found.values()];
}

interface Branch {
  node: Node;
  children: Branch[];
  height: number;
}

/** A node hangs on its strongest tie one step nearer to the centre. */
function tree(nodes: Node[], all: Tie[]): Branch {
  const branches = new Map(nodes.map((node) => [node.uscc, { node, children: [], height: ROW } as Branch]));
  const centre = branches.get(nodes[0]!.uscc)!;
  for (const node of nodes.slice(1)) {
    const other = (tie: Tie) => branches.get(tie.from === node.uscc ? tie.to : tie.from);
    const tie = all.find((one) => (one.from === node.uscc || one.to === node.uscc) && other(one)?.node.distance === node.distance - 1);
    if (tie) tie.tree = true;
    ((tie && other(tie)) ?? centre).children.push(branches.get(node.uscc)!);
  }
  return centre;
}

const columns = (leaves: number, most: number) => Math.max(1, Math.ceil(leaves / most));

function measure(branch: Branch, most: number): number {
  const leaves = branch.children.filter((child) => child.children.length === 0);
  const inner = branch.children.filter((child) => child.children.length > 0);
  const height = inner.reduce((sum, child) => sum + measure(child, most), 0) + Math.ceil(leaves.length / columns(leaves.length, most)) * ROW;
  branch.height = Math.max(ROW, height);
  return branch.height;
}

type Spots = Map<string, { x: number; y: number }>;

/** Sets the children of a branch beside it, within its height, the inner ones above the leaves. */
function place(children: Branch[], side: 1 | -1, depth: number, top: number, spots: Spots, most: number) {
  const leaves = children.filter((child) => child.children.length === 0);
  const inner = children.filter((child) => child.children.length > 0);
  let y = top;
  for (const child of inner) {
    spots.set(child.node.uscc, { x: side * COLUMN * depth, y: y + child.height / 2 });
    place(child.children, side, depth + 1, y, spots, most);
    y += child.height;
  }
  const wide = columns(leaves.length, most);
  const rows = Math.ceil(leaves.length / wide);
  leaves.forEach((leaf, index) => {
    const column = Math.floor(index / rows);
    spots.set(leaf.node.uscc, { x: side * (COLUMN * depth + column * (NODE.width + GAP)), y: y + (index % rows) * ROW + ROW / 2 });
  });
}

/** Positions by code: the middle of each node. */
export function layout(nodes: Node[], all: Tie[]): Spots {
  const spots: Spots = new Map();
  if (nodes.length === 0) return spots;
  const centre = tree(nodes, all);
  let best = { scale: 0, spots };
  for (const most of LEAVES) {
    const found = arrange(centre, most);
    const [xs, ys] = [[...found.values()].map((spot) => spot.x), [...found.values()].map((spot) => spot.y)];
    const width = Math.max(...xs) - Math.min(...xs) + NODE.width;
    const height = Math.max(...ys) - Math.min(...ys) + NODE.height;
    const scale = Math.min(SCREEN.width / width, SCREEN.height / height);
    if (scale > best.scale) best = { scale, spots: found };
  }
  return best.spots;
}

/** Ways side by side: the first enterprise above, the other below, a column for each way. */
export function ways(paths: { nodes: Node[] }[]): Spots {
  const spots: Spots = new Map();
  const longest = Math.max(1, ...paths.map((path) => path.nodes.length - 1));
  paths.forEach((path, column) => {
    path.nodes.forEach((node, step) => {
      const end = step === 0 || step === path.nodes.length - 1;
      const x = end ? 0 : (column - (paths.length - 1) / 2) * COLUMN;
      if (!spots.has(node.uscc)) spots.set(node.uscc, { x, y: (step / Math.max(1, path.nodes.length - 1)) * longest * 2 * ROW });
    });
  });
  return spots;
}

function arrange(centre: Branch, most: number): Spots {
  const spots: Spots = new Map();
  measure(centre, most);
  const sides: { children: Branch[]; height: number }[] = [{ children: [], height: 0 }, { children: [], height: 0 }];
  for (const child of centre.children) {
    const side = sides[0]!.height <= sides[1]!.height ? sides[0]! : sides[1]!;
    side.children.push(child);
    side.height += child.height;
  }
  spots.set(centre.node.uscc, { x: 0, y: 0 });
  sides.forEach((side, index) => {
    const leaves = side.children.filter((child) => child.children.length === 0).length;
    const inner = side.children.filter((child) => child.children.length > 0).reduce((sum, child) => sum + child.height, 0);
    const height = inner + Math.ceil(leaves / columns(leaves, most)) * ROW;
    place(side.children, index === 0 ? 1 : -1, 1, -height / 2, spots, most);
  });
  return spots;
}
