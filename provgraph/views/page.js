"use strict";
// The picture: which records and groups are visible, where they stand, and in which colours.

const byId = (id) => document.getElementById(id);
const lineage = JSON.parse(byId("lineage").textContent);
const picture = byId("picture");
const records = lineage.nodes;
const groups = new Map(lineage.groups.map((group) => [group.id, group]));
const sources = new Map(records.map((node) => [node.id, []]));
const results = new Map(records.map((node) => [node.id, []]));
const arriving = new Map(records.map((node) => [node.id, []]));
const leaving = new Map(records.map((node) => [node.id, []]));
const expanded = new Set();
const everything = { ids: new Set(records.map((node) => node.id)), edges: lineage.edges };
const view = { direction: "all", root: [], wanted: everything, chosen: null, before: null, dark: false };

for (const group of groups.values()) group.members = [];
for (const node of records) if (node.within) groups.get(node.within).members.push(node.id);
for (const edge of lineage.edges) {
  sources.get(edge.to).push(edge.from);
  results.get(edge.from).push(edge.to);
  arriving.get(edge.to).push(edge);
  leaving.get(edge.from).push(edge);
}
// Every edge that is seen in any state, between records and groups.
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

// The ways of data up to records or down from them, with the same rules as provgraph.ancestry.exact: a run made a file
// from what it had read before, and it read what had been made before. Each edge waits until one lets it through.
const flow = (starts, up) => {
  const ahead = up ? arriving : leaving, waiting = new Map();
  const ends = (edge) => (up ? [edge.to, edge.from] : [edge.from, edge.to]);
  const isRun = (id) => records[id].kind === "run";
  const at = (edge, id) => (up ? 1 : -1) * edge.at[isRun(id) ? 1 : 0];
  const waitingAt = (id) => {
    if (!waiting.has(id)) waiting.set(id, [...ahead.get(id)].sort((one, other) => at(other, id) - at(one, id)));
    return waiting.get(id);
  };
  const taken = new Set(starts.flatMap((id) => ahead.get(id))), stack = [...taken], ids = new Set(starts);
  while (stack.length) {
    const last = stack.pop(), [before, id] = ends(last), here = waitingAt(id), kept = [];
    ids.add(id);
    while (here.length && at(here[here.length - 1], id) < at(last, id)) {
      const next = here.pop();
      // A run is no way back to itself.
      if (!isRun(id) && ends(next)[1] === before) kept.push(next);
      else if (!taken.has(next)) {
        taken.add(next);
        stack.push(next);
      }
    }
    here.push(...kept.reverse());
  }
  return { ids, edges: [...taken] };
};

// What is seen of the wanted records, and what joins two of them on a wanted way.
const visiblePlaces = () => new Set([...view.wanted.ids].map(placeOf));
const visibleEdges = () => {
  const joined = new Set(view.wanted.edges.map(({ from, to }) => `${placeOf(from)} ${placeOf(to)}`));
  return edges.filter(({ from, to }) => joined.has(`${from} ${to}`));
};

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
let joins = [];
let places = new Map();

const fill = () => {
  shown = visiblePlaces();
  places = positions();
  data.edges.clear();
  data.nodes.clear();
  data.nodes.add([...shown].map((id) => drawn(thing(id), places.get(id))));
  joins = visibleEdges();
  data.edges.add(joins.map((edge) => drawn(edge, {})));
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

const chosenPlace = () => (view.chosen === null ? null : placeOf(view.chosen));
const redraw = () => {
  fill();
  network.selectNodes(shown.has(chosenPlace()) ? [chosenPlace()] : []);
};

const setDark = (dark) => {
  view.dark = dark;
  document.documentElement.classList.toggle("dark", dark);
  byId("theme").setAttribute("aria-pressed", String(dark));
  network.setOptions(themedOptions());
  redraw();
};

// At this scale labels have 11 pixels; a whole picture may be seen at 9.
const READABLE = 0.85;
const NEARLY = 0.7;

// What the panel covers does not count as the middle.
const covered = () => (byId("panel").hidden || innerWidth < 700 ? 0 : byId("panel").offsetWidth);
const center = (id, scale = Math.max(network.getScale(), READABLE)) => {
  network.moveTo({ position: places.get(id), scale: Math.min(scale, 1.5), offset: { x: -covered() / 2, y: 0 }, animation: false });
};
const isCovered = (id) => network.canvasToDOM(places.get(id)).x > picture.clientWidth - covered() - 100;

// Where a whole group is too small to be read, its first record stands in the upper left corner.
const showGroup = (ids) => {
  network.fit({ nodes: ids, maxZoomLevel: 1, animation: false });
  if (network.getScale() >= NEARLY) return;
  const offset = { x: -picture.clientWidth * 0.35, y: -picture.clientHeight * 0.3 };
  network.moveTo({ position: places.get(ids[0]), scale: READABLE, offset, animation: false });
};

// How far what is seen reaches, with room for boxes and labels.
const bounds = () => {
  const all = [...shown].map((id) => places.get(id));
  const reach = (side) => all.reduce(([least, most], place) => [Math.min(least, place[side]), Math.max(most, place[side])], [Infinity, -Infinity]);
  const [left, right] = reach("x"), [top, bottom] = reach("y");
  return { left: left - 100, right: right + 100, top: top - 50, bottom: bottom + 90 };
};

// The library's own fit knows no sizes of boxes before they are drawn, and cuts those at the borders.
const fitAll = () => {
  if (!shown.size) return;
  const { left, right, top, bottom } = bounds();
  const scale = Math.min(1.2, picture.clientWidth / (right - left), picture.clientHeight / (bottom - top));
  network.moveTo({ position: { x: (left + right) / 2, y: (top + bottom) / 2 }, scale: Math.max(scale, 0.02), animation: false });
};

// A picture too large to be read as a whole opens around what was asked for, without empty room beyond its borders; the
// button shows all of it.
const openView = () => {
  fitAll();
  const asked = records.filter((node) => node.asked && shown.has(node.id)).pop();
  if (!asked || network.getScale() >= NEARLY) return;
  const { left, right, top, bottom } = bounds(), at = places.get(asked.id);
  const between = (wished, low, high, size) => (high - low < size ? (low + high) / 2 : Math.min(Math.max(wished, low + size / 2), high - size / 2));
  const position = {
    x: between(at.x, left, right, picture.clientWidth / READABLE),
    y: between(at.y, top, bottom, picture.clientHeight / READABLE),
  };
  network.moveTo({ position, scale: READABLE, animation: false });
};
