// What a person does: select, search, walk by keys, choose what is shown, expand and fold, copy a query, print.

const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// The facts stand once in the page, in the table of all records: a line each, in the order of the records.
const table = document.querySelector("#same table");
const heads = [...(table.rows[0]?.cells ?? [])].map((cell) => cell.textContent);
const factsOf = (id) => heads
  .map((head, column) => [head, table.rows[id + 1].cells[column].textContent])
  .filter(([, value]) => value);

const say = (text) => { byId("said").textContent = text; };

const spoken = (id) => {
  if (isGroup(id)) return `group ${thing(id).title.replaceAll("\n", ", ")}`;
  const lines = thing(id).label.split("\n").join(", ");
  return `${thing(id).kind} ${lines}; ${counted(sources.get(id).length, "source")}, ${counted(results.get(id).length, "result")}`;
};

const describeState = () => {
  const folded = [...groups.values()].filter((group) => !expanded.has(group.id));
  const hold = folded.reduce((sum, group) => sum + group.members.length, 0);
  const names = folded.slice(0, 5).map((group) => group.name).join(", ");
  const others = folded.length > 5 ? `, and ${counted(folded.length - 5, "other group")}` : "";
  const all = records.length.toLocaleString("en");
  byId("folded").textContent = folded.length
    ? `${counted(folded.length, "group")} hold${folded.length === 1 ? "s" : ""} ${hold.toLocaleString("en")} of ${all} records: ${names}${others}`
    : groups.size ? `All ${all} records are expanded` : "";
  const beyond = records.length - view.wanted.ids.size;
  const roots = view.root.map((id) => records[id].name).slice(0, 3).join(", ");
  const words = view.direction === "upstream" ? "Only what led to" : "Only what was made from";
  byId("state").textContent = view.direction === "all" ? "" : `${words} ${roots}: ${counted(beyond, "record")} of ${all} hidden`;
  byId("expand").disabled = expanded.size === groups.size;
  byId("fold").disabled = !expanded.size;
};

const update = () => {
  redraw();
  describeState();
};

// Selecting: in the picture, and with its facts in the panel. A record that stays folded is selected in its group.
const select = (id, { move = true, panel = !byId("panel").hidden } = {}) => {
  const place = placeOf(id);
  view.chosen = id;
  network.selectNodes([place]);
  say(place === id ? spoken(id) : `${spoken(id)}; in ${spoken(place)}`);
  if (panel || place !== id) openPanel(id);
  if (move || (panel && isCovered(place))) center(place);
};

// A group that would take seconds to draw is expanded only when a person asks for that.
const VERY_MANY = 1000;
const reveal = (id) => {
  const group = groups.get(records[id].within);
  if (!view.wanted.ids.has(id)) setDirection("all");
  if (group && !expanded.has(group.id) && group.members.length <= VERY_MANY) {
    expanded.add(group.id);
    update();
  }
};

const goTo = (id) => {
  reveal(id);
  select(id, { panel: true });
};

const expand = (id) => {
  expanded.add(id);
  update();
  const inside = thing(id).members.filter((each) => shown.has(each));
  showGroup(inside);
  select(inside[0], { move: false });
  say(`expanded: ${thing(id).name}`);
};

const expandAround = (id) => {
  expanded.add(records[id].within);
  update();
  select(id, { panel: true });
};

const foldGroup = (id) => {
  expanded.delete(id);
  view.chosen = id;
  update();
  closePanel();
  center(id);
};

const openNode = (id) => (isGroup(id) ? expand(id) : select(id, { panel: true, move: false }));

// The panel.
const links = (title, ids) => {
  const part = document.createDocumentFragment();
  if (!ids.length) return part;
  const list = document.createElement("ul");
  for (const id of ids) {
    const link = element("button", records[id].name, { type: "button", className: "link" });
    link.addEventListener("click", () => { goTo(id); byId("panel-name").focus(); });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  part.append(element("h3", `${title} (${ids.length.toLocaleString("en")})`), list);
  return part;
};

const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const openPanel = (id) => {
  if (isGroup(id)) return closePanel();
  const node = records[id], isRun = node.kind === "run";
  byId("panel-name").textContent = node.name;
  byId("panel-marks").textContent = (node.marks ?? []).join(", ");
  byId("facts").replaceChildren(...factsOf(id).flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  byId("beside").replaceChildren(links(isRun ? "Read" : "Made by", sources.get(id)), links(isRun ? "Made" : "Read by", results.get(id)));
  if (node.within) {
    const { name } = groups.get(node.within), isOpen = expanded.has(node.within);
    const turn = element("button", isOpen ? `Fold ${name} again` : `Expand ${name}`, { type: "button" });
    turn.addEventListener("click", () => {
      if (isOpen) foldGroup(node.within);
      else expandAround(id);
      picture.focus();
    });
    byId("beside").append(element("h3", "Group"), turn);
  }
  byId("query").value = lineage.queries[node.kind].replace("$uid", () => quoted(node.uid));
  byId("copied").textContent = "";
  byId("panel").hidden = false;
  byId("panel").scrollTop = 0;
};

const closePanel = () => {
  const hadFocus = byId("panel").contains(document.activeElement);
  byId("panel").hidden = true;
  if (hadFocus) picture.focus();
};

// Where the browser refuses to copy, as in some frames, the text is selected, ready for the person's own keys.
const copyQuery = async () => {
  byId("query").focus();
  byId("query").setSelectionRange(0, byId("query").value.length, "backward");
  let done = document.execCommand("copy");
  if (!done && window === window.top) done = await navigator.clipboard.writeText(byId("query").value).then(() => true, () => false);
  if (done) byId("copy").focus();
  byId("query").scrollTo(0, 0);
  byId("copied").textContent = done ? "copied" : "selected: press Ctrl+C or Cmd+C";
};

// What is shown.
const directions = ["all", "upstream", "downstream"];
const setDirection = (direction) => {
  const asked = records.filter((node) => node.asked).map((node) => node.id);
  view.root = view.chosen === null ? asked : members(view.chosen);
  if (!view.root.length) view.root = records.map((node) => node.id);
  view.direction = direction;
  view.wanted = direction === "all" ? everything : flow(view.root, direction === "upstream");
  for (const each of directions) byId(`show-${each}`).setAttribute("aria-pressed", String(each === direction));
  update();
};

for (const each of directions) {
  byId(`show-${each}`).addEventListener("click", () => { setDirection(each); fitAll(); });
}
const setExpanded = (ids) => {
  expanded.clear();
  for (const id of ids) expanded.add(id);
  view.chosen = isGroup(view.chosen) ? null : chosenPlace();
  if (isGroup(view.chosen)) closePanel();
  update();
  fitAll();
};
byId("expand").addEventListener("click", () => setExpanded(groups.keys()));
byId("fold").addEventListener("click", () => setExpanded([]));
byId("expand").parentElement.hidden = !groups.size;
byId("fit").addEventListener("click", fitAll);
byId("theme").addEventListener("click", () => setDark(!view.dark));
byId("theme").setAttribute("aria-pressed", String(view.dark));
wantsDark.addEventListener("change", (change) => setDark(change.matches));
byId("close").addEventListener("click", closePanel);
byId("copy").addEventListener("click", copyQuery);

// Search: in names, what to beware of, and all facts; the texts are put together when they are first needed.
let texts = null;
const textOf = (node, row) => [node.name, ...(node.marks ?? []), ...[...row.cells].map((cell) => cell.textContent)].join("\n").toLowerCase();
const found = { text: "", ids: [], at: -1 };
const search = () => {
  const rows = texts ? [] : [...table.rows];
  texts ??= records.map((node, id) => textOf(node, rows[id + 1]));
  found.text = byId("search").value.trim().toLowerCase();
  const hits = found.text ? records.filter((node) => texts[node.id].includes(found.text)) : [];
  // What the text is part of the name of comes first.
  const [named, others] = [true, false].map((is) => hits.filter((node) => node.name.toLowerCase().includes(found.text) === is));
  found.ids = [...named, ...others].map((node) => node.id);
  found.at = -1;
};
const showHit = (step) => {
  if (found.ids.length) {
    found.at = found.at < 0 && step < 0 ? found.ids.length - 1 : (found.at + step + found.ids.length) % found.ids.length;
    reveal(found.ids[found.at]);
    select(found.ids[found.at]);
  }
  byId("hits").textContent = !found.text ? "" : found.ids.length ? `${found.at + 1} of ${found.ids.length}` : "no hits";
};
byId("search").addEventListener("input", () => {
  search();
  byId("hits").textContent = found.text ? (found.ids.length ? counted(found.ids.length, "hit") : "no hits") : "";
});
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") showHit(event.shiftKey ? -1 : 1);
});

// Keys in the picture.
const distance = (from) => (id) => Math.hypot((places.get(id).x - from.x) / 4, places.get(id).y - from.y);
const nearest = (ids, from) => [...ids].sort((one, other) => distance(from)(one) - distance(from)(other))[0];
const beside = (id, back) => joins
  .filter((edge) => edge[back ? "to" : "from"] === id)
  .map((edge) => edge[back ? "from" : "to"]);
const inColumn = (id, down) => {
  const here = places.get(id);
  return [...shown].filter((each) => {
    const there = places.get(each);
    return Math.abs(there.x - here.x) < 60 && (down ? there.y > here.y + 1 : there.y < here.y - 1);
  });
};
// Up and down go through a column; among the records of an expanded group then on to its next column.
const aside = (id, down) => {
  const column = inColumn(id, down), own = within(id), here = places.get(id);
  const same = column.filter((each) => own && within(each) === own);
  if (!own || same.length) return same.length ? same : column;
  const way = down ? 1 : -1;
  const further = groups.get(own).members.filter((each) => shown.has(each) && (places.get(each).x - here.x) * way > 1);
  const first = further.sort((one, other) => way * (places.get(one).x - places.get(other).x || places.get(one).y - places.get(other).y))[0];
  return first === undefined ? column : [first];
};
const steps = {
  ArrowLeft: (id) => beside(id, true),
  ArrowRight: (id) => beside(id, false),
  ArrowUp: (id) => aside(id, false),
  ArrowDown: (id) => aside(id, true),
};
const walk = (key) => {
  const here = chosenPlace();
  if (!shown.has(here)) {
    const asked = records.find((node) => node.asked && shown.has(node.id))?.id;
    return select(asked ?? [...shown][0]);
  }
  const choices = steps[key](here);
  if (!choices.length) return say("nothing further in this direction");
  // The way back leads to where one came from.
  const next = choices.includes(view.before) ? view.before : nearest(choices, places.get(here));
  view.before = here;
  return select(next);
};
const keys = {
  Enter: () => {
    if (!shown.has(chosenPlace())) return;
    if (chosenPlace() === view.chosen) openNode(view.chosen);
    else expandAround(view.chosen);
  },
  "+": () => network.moveTo({ scale: network.getScale() * 1.25 }),
  "-": () => network.moveTo({ scale: network.getScale() / 1.25 }),
};
picture.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !shown.size) return;
  const act = steps[event.key] ? () => walk(event.key) : keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || byId("panel").hidden) return;
  closePanel();
});

// The mouse.
network.on("click", ({ nodes }) => {
  if (nodes.length) return openNode(nodes[0]);
  view.chosen = null;
  closePanel();
});
network.on("hoverNode", () => { picture.style.cursor = "pointer"; });
network.on("blurNode", () => { picture.style.cursor = ""; });

// On paper: the whole picture as an image in light colours, as sharp as printers are, the tree and the table. Those of
// many records would take dozens of pages and are left out.
const PRINTED = 100;
const PAPER = { width: 3000, height: 1650, most: 3 };
const paper = { dark: false, open: false };
const drawForPaper = () => {
  if (!shown.size) return picture.querySelector("canvas").toDataURL();
  const { left, right, top, bottom } = bounds();
  const scale = Math.min(PAPER.width / (right - left), PAPER.height / (bottom - top), PAPER.most);
  network.setSize(`${PAPER.width / devicePixelRatio}px`, `${((bottom - top) * scale) / devicePixelRatio}px`);
  const position = { x: (left + right) / 2, y: (top + bottom) / 2 };
  network.moveTo({ position, scale: scale / devicePixelRatio, animation: false });
  network.redraw();
  return picture.querySelector("canvas").toDataURL();
};
window.addEventListener("beforeprint", () => {
  Object.assign(paper, { dark: view.dark, open: byId("same").open, at: network.getViewPosition(), scale: network.getScale() });
  if (view.dark) setDark(false);
  byId("print")?.remove();
  picture.after(element("img", "", { id: "print", alt: "The picture", src: drawForPaper() }));
  network.setSize("100%", "100%");
  byId("same").open = records.length <= PRINTED;
  byId("left-out").textContent = byId("same").open ? "" : `The page on a screen lists all ${counted(records.length, "record")} as text.`;
});
window.addEventListener("afterprint", () => {
  byId("print")?.remove();
  byId("same").open = paper.open;
  byId("left-out").textContent = "";
  if (paper.dark) setDark(true);
  network.redraw();
  network.moveTo({ position: paper.at, scale: paper.scale, animation: false });
});

describeState();
network.once("afterDrawing", openView);
// The library puts its own view back after it has told of another size, so the picture is fitted once that is drawn.
let width = innerWidth;
network.on("resize", () => {
  if (innerWidth !== width && view.chosen === null) network.once("afterDrawing", openView);
  width = innerWidth;
});
