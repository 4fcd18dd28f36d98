"use strict";
// The picture: which records and groups are visible, where they stand, and in which colours.

const byId = (id) => document.getElementById(id);
const lineage = JSON.parse(byId("lineage").textContent);
const picture = byId("picture");
const records = lineage.nodes;
const groups = new Map(lineage.groups.map((group) => [group.id, group]));
const sources = new Map(records.map((node) => [node.id, []]));
const results = new Map(records.map((node) => [node.id, []]));
const expanded = new Set();
const view = { direction: "all", root: [], chosen: null, before: null, dark: false };

for (const group of groups.values()) group.members = [];
for (const node of records) if (node.within) groups.get(node.within).members.push(node.id);
for (const edge of lineage.edges) {
  sources.get(edge.to).push(edge.from);
  results.get(edge.from).push(edge.to);
}
// Every edge that is seen in any state: the browser shows those of which both ends are visible.
const MANY = 12;
const within = (id) => records[id]?.within;
const joined = new Set(lineage.edges.filter(({ from, to }) => within(from) === within(to)).map(({ from }) => within(from)));
// Edges at the members of a large group that stand in rows are thin and faint: together they would hide what they join.
const inRows = (id) => groups.get(within(id))?.members.length > MANY && !joined.has(within(id));
const faint = (edge) => (inRows(edge.from) || inRows(edge.to) ? { width: 0.8, color: { color: "#e2e8f0" } } : {});
const edges = [...lineage.edges, ...lineage.bridges.map(([from, to]) => ({ from, to, arrows: "to", width: 2.2 }))]
  .map((edge, id) => ({ ...edge, id, ...faint(edge) }));

const isGroup = (id) => groups.has(id);
const thing = (id) => groups.get(id) ?? records[id];
const members = (id) => groups.get(id)?.members ?? [id];
// Where a record is seen: by itself, or in the group that holds it while that is folded.
const placeOf = (id) => {
  const within = records[id]?.within;
  return within && !expanded.has(within) ? within : id;
};

const reached = (starts, ahead) => {
  const seen = new Set(), stack = [...starts];
  while (stack.length) {
    const id = stack.pop();
    if (!seen.has(id)) {
      seen.add(id);
      stack.push(...ahead.get(id));
    }
  }
  return seen;
};

const wantedRecords = () => {
  if (view.direction === "all") return new Set(records.map((node) => node.id));
  return reached(view.root, view.direction === "upstream" ? sources : results);
};

const visiblePlaces = () => new Set([...wantedRecords()].map(placeOf));

// An expanded group takes room: what is right of it moves right, what is above and below in its column moves apart.
const positions = () => {
  const places = new Map(), columns = new Map();
  for (const each of [...groups.values(), ...records.filter((node) => !node.within)]) {
    columns.set(each.x, [...(columns.get(each.x) ?? []), each]);
  }
  let right = 0;
  for (const x of [...columns.keys()].sort((one, other) => one - other)) {
    const column = columns.get(x).sort((one, other) => one.y - other.y);
    const open = column.filter((each) => expanded.has(each.id));
    let down = -open.reduce((sum, each) => sum + each.height, 0) / 2;
    for (const each of column) {
      places.set(each.id, { x: x + right, y: each.y + down });
      if (!expanded.has(each.id)) continue;
      for (const id of each.members) {
        places.set(id, { x: x + right + records[id].x, y: each.y + down + records[id].y });
      }
      down += each.height;
    }
    right += Math.max(0, ...open.map((each) => each.width));
  }
  return places;
};

// The colours of the picture in the chosen theme, wherever they stand in a node's or an edge's looks.
const inTheme = (looks) => {
  if (!view.dark) return looks;
  if (typeof looks === "string") return lineage.dark[looks] ?? looks;
  if (looks === null || typeof looks !== "object" || looks instanceof Node) return looks;
  if (Array.isArray(looks)) return looks.map(inTheme);
  return Object.fromEntries(Object.entries(looks).map(([name, value]) => [name, inTheme(value)]));
};
const OWN = ["color", "font"];
const themed = (item) => {
  const looks = OWN.filter((name) => item[name]).map((name) => [name, inTheme(item[name])]);
  return { ...item, ...Object.fromEntries(looks) };
};

// An element with textContent: whatever a title holds, it is shown as text.
const tips = new Map();
const tipOf = (item) => {
  if (!item.title) return undefined;
  if (!tips.has(item)) {
    const tip = document.createElement("div");
    tip.textContent = item.title;
    tips.set(item, tip);
  }
  return tips.get(item);
};

const data = { nodes: new vis.DataSet(), edges: new vis.DataSet() };
const drawn = (item, place) => ({ ...themed(item), ...place, title: tipOf(item) });
let shown = new Set();
let places = new Map();

const fill = () => {
  shown = visiblePlaces();
  places = positions();
  data.edges.clear();
  data.nodes.clear();
  data.nodes.add([...shown].map((id) => drawn(thing(id), places.get(id))));
  data.edges.add(edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to)).map((edge) => drawn(edge, {})));
  picture.dataset.drawn = `${data.nodes.length} nodes, ${data.edges.length} edges`;
};

const themedOptions = () => ({
  ...lineage.options,
  nodes: { ...lineage.options.nodes, font: inTheme(lineage.options.nodes.font) },
  edges: { ...lineage.options.edges, color: inTheme(lineage.options.edges.color) },
});

const wantsDark = window.matchMedia("(prefers-color-scheme: dark)");
view.dark = wantsDark.matches;
document.documentElement.classList.toggle("dark", view.dark);
fill();
const network = new vis.Network(picture, data, themedOptions());

const redraw = () => {
  fill();
  network.selectNodes(view.chosen !== null && shown.has(view.chosen) ? [view.chosen] : []);
};

const setDark = (dark) => {
  view.dark = dark;
  document.documentElement.classList.toggle("dark", dark);
  byId("theme").setAttribute("aria-pressed", String(dark));
  network.setOptions(themedOptions());
  redraw();
};

const fitAll = () => network.fit({ maxZoomLevel: 1.2, minZoomLevel: 0.02, animation: false });

// What the panel covers does not count as the middle.
const covered = () => (byId("panel").hidden || innerWidth < 700 ? 0 : byId("panel").offsetWidth);
const center = (id, scale = Math.max(network.getScale(), 0.7)) => {
  network.moveTo({ position: places.get(id), scale: Math.min(scale, 1.5), offset: { x: -covered() / 2, y: 0 }, animation: false });
};
const isCovered = (id) => network.canvasToDOM(places.get(id)).x > picture.clientWidth - covered() - 100;

// Where a whole group is too small to be read, its first record stands in the upper left corner.
const showGroup = (ids) => {
  network.fit({ nodes: ids, maxZoomLevel: 1, animation: false });
  if (network.getScale() > 0.5) return;
  const offset = { x: -picture.clientWidth * 0.35, y: -picture.clientHeight * 0.3 };
  network.moveTo({ position: places.get(ids[0]), scale: 0.8, offset, animation: false });
};

// A picture too large to be read as a whole opens at what was asked for; the button shows all of it.
const openView = () => {
  fitAll();
  const asked = records.filter((node) => node.asked && shown.has(node.id)).pop();
  if (asked && network.getScale() < 0.5) {
    const offset = { x: picture.clientWidth / 4, y: 0 };
    network.moveTo({ position: places.get(asked.id), scale: 0.8, offset, animation: false });
  }
};
